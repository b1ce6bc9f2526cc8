//! What people see: standard output and error, styles, tables, times, and a build as it goes.

pub(crate) mod live;
pub(crate) mod screen;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod time;

use crate::failure::Failure;
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

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
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
