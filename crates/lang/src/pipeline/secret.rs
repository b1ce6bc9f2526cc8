//! Where the values of secret variables come from.

use crate::late::Late;
use crate::span::{Span, Spanned};
use std::collections::BTreeMap;
use std::fmt;

/// Where the value of a secret variable comes from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// It came with the pipeline, and stands in [`Pipeline::given`](crate::Pipeline::given).
    Given,
    /// A secret type fetches it just before it is needed.
    Fetched(Box<SecretFetch>),
}

/// The `secret` block of a variable.
#[derive(Debug, Clone)]
pub struct SecretFetch {
    /// The name of the secret type.
    pub type_name: Spanned<String>,
    /// Where it is; `None` leaves it to the type.
    pub path: Option<Spanned<Late>>,
    /// The key of the object that is found there; `None` takes the only one there is.
    pub key: Option<Spanned<Late>>,
    /// The type that the variable converts the text to, as it is written.
    pub value_type: String,
    /// Where it stands.
    pub span: Span,
}

/// Values of secrets, by the names of their variables. Printing it for a developer does not show them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GivenSecrets(BTreeMap<String, String>);

impl GivenSecrets {
    /// The values.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl From<BTreeMap<String, String>> for GivenSecrets {
    fn from(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }
}

impl fmt::Debug for GivenSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, "…"))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_do_not_print() {
        let given = GivenSecrets(BTreeMap::from([("token".to_owned(), "hunter2".to_owned())]));
        assert_eq!(format!("{given:?}"), r#"{"token": "…"}"#);
    }
}
