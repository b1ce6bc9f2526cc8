//! The few styles in use. They are left out where they would not be seen.

use anstyle::{AnsiColor, Style};

/// The word `error`.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word `hint`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
