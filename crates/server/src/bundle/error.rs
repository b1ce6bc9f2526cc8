//! Why a bundle is no pipeline.

use pikoci_lang::Diagnostic;

/// Why a bundle is no pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It cannot be read as one.
    #[error("{0}")]
    Bundle(String),
    /// The pipeline has errors; warnings stand among them.
    #[error("{}", count(.0))]
    Invalid(Vec<Diagnostic>),
    /// It holds values of secrets.
    #[error("it holds values of secrets, which the ledger never has: {}", [given.as_slice(), defaults].concat().join(", "))]
    Secrets {
        /// The variables that were given one.
        given: Vec<String>,
        /// Those whose default would be one.
        defaults: Vec<String>,
    },
}

fn count(diagnostics: &[Diagnostic]) -> String {
    match diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count() {
        1 => "the pipeline has an error".to_owned(),
        errors => format!("the pipeline has {errors} errors"),
    }
}
