//! Text to blocks and attributes.

mod friendly;
mod keys;
mod open;

use crate::diagnostic::{Report, Sink};
use crate::span::{FileId, SourceMap, Span};
use hcl_edit::structure::Body;

/// The most bytes of one file. Larger ones would parse, but objects of many keys cost quadratic time.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Whether messages about a file show its lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// They do.
    Shown,
    /// They do not: it may hold secrets, or be what somebody else was not to see.
    Hidden,
}

/// Adds the file to `sources` and parses it. A file that cannot be parsed leaves one report, of its first
/// syntax error.
pub(crate) fn parse(
    name: &str,
    bytes: &[u8],
    lines: Lines,
    sources: &SourceMap,
    sink: &Sink,
) -> Option<(FileId, Body)> {
    let text = match text(name, bytes) {
        Ok(text) => text,
        Err(report) => {
            sink.add(report);
            return None;
        }
    };
    let file = match lines {
        Lines::Shown => sources.add(name, text.clone()),
        Lines::Hidden => sources.add(name, hidden(&text)),
    };
    if let Some(at) = keys::too_many(&text) {
        let report =
            Report::error("too-many-keys", Span::new(file, at..at + 1), "this map has more than 10,000 keys");
        sink.add(report.hint("give values of that size in a file: `jsondecode(file(\"values.json\"))`"));
        return None;
    }
    match hcl_edit::parser::parse_body(&text) {
        Ok(body) => Some((file, body)),
        Err(error) => {
            let offset = error.location().offset();
            let friendly = match lines {
                Lines::Shown => friendly::explain(&text, offset, error.message()),
                Lines::Hidden => friendly::unquoted(offset),
            };
            let span = Span::new(file, friendly.at..friendly.at + 1);
            sink.add(Report::error("syntax", span, friendly.message).maybe_hint(friendly.hint));
            None
        }
    }
}

/// A text of which only places are left.
fn hidden(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The text of a file: at most 1 MiB, UTF-8, without a byte order mark, lines ending in a line feed.
fn text(name: &str, bytes: &[u8]) -> Result<String, Report> {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("`{name}` has {} bytes; a file may have 1 MiB", bytes.len());
        return Err(Report::error("file-too-large", None, message)
            .hint("a pipeline may be split over the files of one directory"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Report::error("not-utf8", None, format!("`{name}` is not UTF-8 (line {line})"))
    })?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}
