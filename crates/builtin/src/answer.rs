//! What a command answers: one line of JSON on standard output. And what it tells people meanwhile.

use crate::Failure;
use serde_json::{Map, Value};
use std::io::Write;

/// A version, or a secret: a JSON object.
pub(crate) type Object = Map<String, Value>;

/// The versions of a check or a push.
pub(crate) fn versions(versions: &[Object]) -> Result<(), Failure> {
    line(&Value::from(versions.to_vec()))
}

/// The fields of a secret.
pub(crate) fn secret(fields: &Object) -> Result<(), Failure> {
    line(&Value::Object(fields.clone()))
}

fn line(value: &Value) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{value}")
        .map_err(|error| Failure::new(format!("the answer cannot be written: {error}")))
}

/// Tells who reads the log.
pub(crate) fn note(text: &str) {
    // Without a log there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// An object of these pairs.
pub(crate) fn object<K: Into<String>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Object {
    pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}
