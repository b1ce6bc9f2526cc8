//! What a server finds wrong with a pipeline, or what bites.

use pikoci_lang::{Diagnostic, Location, Severity};
use serde::Deserialize;

/// What is wrong with a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Finding {
    severity: String,
    /// In a sentence.
    pub(crate) message: String,
    hint: Option<String>,
    #[serde(flatten)]
    place: Option<Place>,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    end_line: Option<usize>,
    end_column: Option<usize>,
    #[serde(default)]
    source_line: String,
}

impl Finding {
    /// The same, as the language tells it.
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let severity = if self.severity == "warning" { Severity::Warning } else { Severity::Error };
        let location = self.place.as_ref().map(|place| Location {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            length: place.length(),
            source: place.source_line.clone(),
        });
        Diagnostic {
            severity,
            code: "server",
            message: self.message.clone(),
            location,
            hint: self.hint.clone(),
        }
    }
}

impl Place {
    /// How many characters of the line are meant.
    fn length(&self) -> usize {
        let end = self.end_column.filter(|_| self.end_line.is_none_or(|line| line == self.line));
        end.map_or(1, |end| end.saturating_sub(self.column).max(1))
    }
}
