//! What is wrong with a pipeline, or bites: the message, where, and what to do.

mod render;
mod sink;
mod suggest;

pub use render::render_all;
pub(crate) use sink::{Report, Sink};
pub(crate) use suggest::{and, closest, did_you_mean, quoted_list};

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pipeline cannot be used.
    Error,
    /// It works, but does what its author hardly meant.
    Warning,
}

impl Severity {
    /// `error`, `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding. Its JSON form (serde) has exactly these fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word for machines: `unknown-attribute`.
    pub code: &'static str,
    /// What is the matter, in one sentence.
    pub message: String,
    /// Where; `None` where no file is to blame, like a variable without a value given on the command line.
    pub location: Option<Location>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// As text of several lines, without a line feed at the end; with colours for a terminal if `colour`.
    pub fn render(&self, colour: bool) -> String {
        render::render(self, colour)
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, by the name that the caller gave it; of a built-in type `pikoci://git`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters of that line are meant; at least 1.
    pub length: usize,
    /// The line as it stands in the file, without its end. Empty for a file that was fetched from an address: who may
    /// name an address need not be who may read what is there.
    pub source: String,
}

/// Whether a file of that name was fetched from an address.
fn is_fetched(name: &str) -> bool {
    ["http://", "https://", "file://"].iter().any(|scheme| name.starts_with(scheme))
}
