//! What people see: styles and standard output.

pub(crate) mod style;

use crate::failure::Failure;
use std::io::Write;

/// Writes text to standard output. Styles are taken out where it is no terminal, or `NO_COLOR` is set.
///
/// # Errors
/// Standard output cannot be written; quiet if its reader left.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
}
