//! The few styles in use. They are left out where they would not be seen.

use anstyle::{AnsiColor, Style};

/// The word `error`.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The words `hint` and `note`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Heads of tables, and of steps in a log.
pub(crate) const HEAD: Style = Style::new().bold();
/// What is there that was not.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// What was there that is not.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// What is another.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// What is said by the way.
pub(crate) const DIM: Style = Style::new().dimmed();

/// The style of a state's word.
pub(crate) fn of_status(status: &str) -> Style {
    match status {
        "succeeded" => AnsiColor::Green.on_default(),
        "failed" => AnsiColor::Red.on_default(),
        "errored" => AnsiColor::Magenta.on_default(),
        "cancelled" | "cancelling" | "warning" | "paused" => AnsiColor::Yellow.on_default(),
        "running" => AnsiColor::Blue.on_default(),
        _ => Style::new(),
    }
}

/// A state's word in its style.
pub(crate) fn status(word: &str) -> String {
    let style = of_status(word);
    format!("{style}{word}{style:#}")
}
