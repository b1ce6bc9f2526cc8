//! Tables: columns of text, two spaces apart.

use super::style::HEAD;
use std::io::Write;
use tabwriter::TabWriter;

/// A table with a head. Cells may hold styles; text of others in them has to be clean (see
/// [`super::clean`]).
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut lines = format!("{HEAD}{}{HEAD:#}\n", head.join(&format!("{HEAD:#}\t{HEAD}")));
    for row in rows {
        lines.push_str(&row.join("\t"));
        lines.push('\n');
    }
    let mut writer = TabWriter::new(Vec::new()).ansi(true).padding(2);
    // Writing to memory does not fail.
    let _ = writer.write_all(lines.as_bytes()).and_then(|()| writer.flush());
    let aligned = writer.into_inner().unwrap_or_default();
    let text = String::from_utf8_lossy(&aligned);
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_is_styled() {
        let green = super::super::style::status("succeeded");
        let rows =
            [["a/test".to_owned(), green, String::new()], ["ä/lint".into(), "pending".into(), "x y".into()]];
        let text = anstream::adapter::strip_str(&table(["JOB", "LAST", "NOTE"], &rows)).to_string();
        assert_eq!(text, "JOB     LAST       NOTE\na/test  succeeded\nä/lint  pending    x y\n");
    }
}
