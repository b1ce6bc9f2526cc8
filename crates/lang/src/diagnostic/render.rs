//! Diagnostics as text for people.

use super::{Diagnostic, Location, Severity, is_fetched};
use std::fmt::Write as _;

/// So many characters of a source line are shown.
const WIDTH: usize = 140;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// All of them, with an empty line between, and one line that counts them at the end.
pub fn render_all(diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let _ = writeln!(out, "{}\n", render(diagnostic, colour));
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let counts: Vec<_> = [(errors, "error"), (diagnostics.len() - errors, "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if !counts.is_empty() {
        let _ = writeln!(out, "{}", counts.join(", "));
    }
    out
}

pub(super) fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    let paint = |code: &'static str| if colour { code } else { "" };
    let (head, mark) = match diagnostic.severity {
        Severity::Error => (paint(RED), paint(RED)),
        Severity::Warning => (paint(YELLOW), paint(YELLOW)),
    };
    let (bold, blue, cyan, reset) = (paint(BOLD), paint(BLUE), paint(CYAN), paint(RESET));
    let mut out = format!(
        "{head}{}{reset}{bold}: {}{reset}",
        diagnostic.severity.as_str(),
        printable(&diagnostic.message)
    );
    let mut margin = String::new();
    if let Some(location) = &diagnostic.location {
        let number = location.line.to_string();
        margin = " ".repeat(number.len());
        let place = format!("{}:{}:{}", location.file, location.line, location.column);
        let _ = write!(out, "\n{margin}{blue}-->{reset} {}", printable(&place));
        if !is_fetched(&location.file) {
            let (source, before, length) = excerpt(location);
            let carets = "^".repeat(length);
            let _ = write!(out, "\n{margin} {blue}|{reset}");
            let _ = write!(out, "\n{blue}{number} |{reset} {source}");
            let _ = write!(out, "\n{margin} {blue}|{reset} {}{mark}{carets}{reset}", " ".repeat(before));
        }
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(out, "\n{margin} {blue}={reset} {cyan}hint:{reset} {}", printable(hint));
    }
    out
}

/// The line to show, how many columns stand before the caret, and how many carets there are.
fn excerpt(location: &Location) -> (String, usize, usize) {
    let shown: Vec<String> = location.source.chars().map(visible).collect();
    let start = (location.column - 1).min(shown.len());
    let stop = (start + location.length).min(shown.len()).max(start);
    let first = if start > WIDTH - 40 { start - 40 } else { 0 };
    let last = shown.len().min(first + WIDTH);
    let columns = |range: &[String]| range.iter().map(|text| text.chars().count()).sum::<usize>();
    let mut line = shown[first..last].concat();
    let mut before = columns(&shown[first..start]);
    if first > 0 {
        line.insert(0, '…');
        before += 1;
    }
    if last < shown.len() {
        line.push('…');
    }
    (line.trim_end().to_owned(), before, columns(&shown[start..stop.min(last)]).max(1))
}

/// A character as it may be shown on a terminal.
fn visible(character: char) -> String {
    match character {
        '\t' => "    ".to_owned(),
        character if character.is_control() || is_bidi(character) => "\u{fffd}".to_owned(),
        character => character.to_string(),
    }
}

/// Characters that make a terminal show text in another order than it stands in.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|character| if character == '\n' { "\n".to_owned() } else { visible(character) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source: &str, column: usize, length: usize) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: "test",
            message: "it is wrong".to_owned(),
            location: Some(Location {
                file: "a.hcl".to_owned(),
                line: 12,
                column,
                length,
                source: source.to_owned(),
            }),
            hint: Some("mend it".to_owned()),
        }
    }

    #[test]
    fn the_caret_stands_below_what_is_meant() {
        let expected = "\
error: it is wrong
  --> a.hcl:12:2
   |
12 |     triger = true
   |     ^^^^^^
   = hint: mend it";
        assert_eq!(diagnostic("\ttriger = true", 2, 6).render(false), expected);
    }

    #[test]
    fn escape_sequences_of_a_file_do_not_reach_the_terminal() {
        let text = diagnostic("a\x1b[2J", 1, 1).render(false);
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_caret() {
        let text = diagnostic(&"x".repeat(5000), 3000, 3).render(false);
        assert!(text.lines().all(|line| line.chars().count() < 170), "{text}");
        assert!(text.contains("^^^"));
    }
}
