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
    #[error("{}", secrets(given, defaults))]
    Secrets {
        /// The variables that were given one.
        given: Vec<String>,
        /// Those whose default would be one.
        defaults: Vec<String>,
    },
}

fn secrets(given: &[String], defaults: &[String]) -> String {
    let values = |what: &str, names: &[String]| {
        let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{what} {}", quoted.join(", ")))
    };
    let all = [values("the value that was given for", given), values("the `default` of", defaults)];
    let all = all.into_iter().flatten().collect::<Vec<_>>().join(", and ");
    format!("the ledger never holds a secret, but would hold {all}")
}

fn count(diagnostics: &[Diagnostic]) -> String {
    match diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count() {
        1 => "the pipeline has an error".to_owned(),
        errors => format!("the pipeline has {errors} errors"),
    }
}
