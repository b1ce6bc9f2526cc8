//! Tables: columns of text, two spaces apart.

use super::style::HEAD;
use std::io::Write;
use tabwriter::TabWriter;

/// So many hexadecimal digits in a row are a hash (SHA-1 has 40),
const HASH: usize = 40;
/// of which so many are shown.
const SHORT: usize = 12;

/// A table with a head. Cells may hold styles; text of others in them has to be clean (see
/// [`super::clean`]).
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    aligned(&format!("{HEAD}{}{HEAD:#}\n", head.join(&format!("{HEAD:#}\t{HEAD}"))), rows)
}

/// The rows of a table without a head.
pub(crate) fn rows<const N: usize>(rows: &[[String; N]]) -> String {
    aligned("", rows)
}

fn aligned<const N: usize>(head: &str, rows: &[[String; N]]) -> String {
    let mut lines = head.to_owned();
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

/// Text of others for a cell: clean, and with hashes cut to what tells them apart.
pub(crate) fn cell(text: &str) -> String {
    let mut out = String::new();
    let mut rest = &*super::clean(text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        out.push_str(if digits.len() >= HASH { &digits[..SHORT] } else { digits });
        let next = after.find(|c: char| c.is_ascii_hexdigit()).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_cut_and_the_rest_stays() {
        let hash = "9e7760c7dd06c205812dbe08a3d7b20583e1d7ec";
        assert_eq!(cell(&format!("git.app ref={hash} of beef é")), "git.app ref=9e7760c7dd06 of beef é");
        assert_eq!(cell(&format!("sha256:{hash}{hash}")), "sha256:9e7760c7dd06");
        assert_eq!(cell("a\tb"), "a\u{fffd}b");
    }

    #[test]
    fn columns_are_aligned_whatever_is_styled() {
        let green = super::super::style::status("succeeded");
        let rows =
            [["a/test".to_owned(), green, String::new()], ["ä/lint".into(), "pending".into(), "x y".into()]];
        let text = anstream::adapter::strip_str(&table(["JOB", "LAST", "NOTE"], &rows)).to_string();
        assert_eq!(text, "JOB     LAST       NOTE\na/test  succeeded\nä/lint  pending    x y\n");
    }
}
