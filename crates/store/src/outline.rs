//! Outlines of plans as they stand in their column.

use crate::StoreError;
use pikoci_engine::part::OutlineRow;
use serde::{Deserialize, Serialize};

/// `[name, kind, depth]`. Before services and steps in steps there was no depth.
#[derive(Serialize, Deserialize)]
struct Line(String, String, #[serde(default)] u32);

/// Reads the column.
pub(crate) fn parse(text: &str) -> Result<Vec<OutlineRow>, StoreError> {
    let lines: Vec<Line> = serde_json::from_str(text).map_err(corrupt)?;
    Ok(lines.into_iter().map(|Line(name, kind, depth)| OutlineRow { name, kind, depth }).collect())
}

/// Writes the column.
pub(crate) fn print(rows: &[OutlineRow]) -> Result<String, StoreError> {
    let line = |row: &OutlineRow| Line(row.name.clone(), row.kind.clone(), row.depth);
    serde_json::to_string(&rows.iter().map(line).collect::<Vec<_>>()).map_err(corrupt)
}

fn corrupt(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("an outline: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_with_and_without_depth() {
        let row = |depth| OutlineRow { name: "unit".into(), kind: "task".into(), depth };
        assert_eq!(parse(r#"[["unit","task"]]"#).unwrap(), [row(0)]);
        assert_eq!(print(&[row(2)]).unwrap(), r#"[["unit","task",2]]"#);
        assert_eq!(parse(&print(&[row(0), row(2)]).unwrap()).unwrap(), [row(0), row(2)]);
        assert!(parse("[[1]]").is_err());
    }
}
