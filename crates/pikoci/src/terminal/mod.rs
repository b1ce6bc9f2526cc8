//! What people see: standard output and error, styles, tables, times, and a build as it goes.

pub(crate) mod lines;
pub(crate) mod live;
pub(crate) mod names;
pub(crate) mod region;
pub(crate) mod steps;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod tame;
pub(crate) mod time;

use crate::failure::Failure;
use region::Size;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

/// Writes text to standard output. Styles are taken out where it is no terminal, or `NO_COLOR` is set.
///
/// # Errors
/// Standard output cannot be written; quiet if its reader left.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
}

/// Writes a JSON value to standard output, for machines: indented on a terminal, else on one line.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    let text = if is_terminal() { format!("{value:#}\n") } else { format!("{value}\n") };
    raw().and_then(|mut out| out.write_all(text.as_bytes())).map_err(|error| Failure::output(&error))
}

/// Standard output without a buffer and with nothing taken out, for bytes that are to come as they are.
///
/// # Errors
/// It is closed.
pub(crate) fn raw() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// The same of standard error.
///
/// # Errors
/// It is closed.
pub(crate) fn raw_error() -> io::Result<File> {
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard output is a terminal that can be drawn on.
pub(crate) fn is_live() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    is_terminal() && !is_dumb
}

/// The size of the terminal on standard output; 80 by 24 where it does not tell.
pub(crate) fn size() -> Size {
    let found = terminal_size::terminal_size_of(io::stdout());
    found.map_or(Size { width: 80, height: 24 }, |(width, height)| Size {
        width: width.0.into(),
        height: height.0.into(),
    })
}

/// The states of something that turns while it runs, as far as the locale can show them.
pub(crate) fn spinner() -> &'static [char] {
    let first = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let locale = first.unwrap_or_default().to_ascii_lowercase();
    match locale.contains("utf-8") || locale.contains("utf8") {
        true => &['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
        false => &['|', '/', '-', '\\'],
    }
}

/// Whether styles are wanted on standard output.
pub(crate) fn wants_styles() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Says something beside the answer, on standard error.
pub(crate) fn note(text: &str) {
    let hint = style::HINT;
    // If standard error is closed there is nobody left to tell.
    let _ = writeln!(anstream::stderr().lock(), "{hint}note:{hint:#} {text}");
}

/// Text of others on one line, without anything that a terminal would obey.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    match text.chars().any(char::is_control) {
        true => Cow::Owned(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()),
        false => Cow::Borrowed(text),
    }
}
