//! What is wrong with a pipeline.

use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a pipeline, or bites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Diagnostic {
    /// `error`, or `warning`: it works, but does what its author hardly meant.
    severity: &'static str,
    /// A stable word for programs: `unknown-attribute`.
    code: &'static str,
    /// What is the matter, in a sentence.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hint: Option<String>,
    /// Where it stands, unless no file is to blame.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Place)]
    place: Option<Place>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DiagnosticPlace)]
struct Place {
    /// The file, by its name in the bundle.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The column in characters, from 1.
    column: usize,
    /// The line where it ends, from 1.
    end_line: usize,
    /// The column after its last character, from 1.
    end_column: usize,
    /// The line as it stands in the file; empty for what was fetched from an address.
    source_line: String,
}

impl From<&pikoci_lang::Diagnostic> for Diagnostic {
    fn from(found: &pikoci_lang::Diagnostic) -> Self {
        let place = found.location.as_ref().map(|place| Place {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            end_line: place.line,
            end_column: place.column + place.length,
            source_line: place.source.clone(),
        });
        Self {
            severity: found.severity.as_str(),
            code: found.code,
            message: found.message.clone(),
            hint: found.hint.clone(),
            place,
        }
    }
}
