//! Versions of resources.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A version of a resource: keys and texts, flat. Keys that begin with `_` are metadata (`_message`): shown
/// and exported, no part of the version's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub BTreeMap<String, String>);

impl Version {
    /// The SHA-256 over what identifies the version: its keys and values, metadata excepted.
    ///
    /// Each text is preceded by its length (u64, little endian), so no two versions give the same input.
    pub fn identity(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (key, value) in self.identifying() {
            for text in [key, value] {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        hash.finalize().into()
    }

    /// The keys and values that identify it, in the order of their keys.
    pub fn identifying(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The version that a JSON object says: nested objects flatten with `_`, null is no value, and what is no text is
    /// written as JSON. Whether anything identifies it is for the caller to see.
    pub fn of_json(object: Map<String, Value>) -> Self {
        let mut flat = BTreeMap::new();
        flatten("", object, &mut flat);
        Self(flat)
    }

    /// The version of a clock at an instant in milliseconds since 1970: `date`, by RFC 3339 in UTC, in whole seconds as
    /// schedules are. `None` after the year 9999.
    pub fn of_instant(at_ms: u64) -> Option<Self> {
        let at = jiff::Timestamp::from_second(i64::try_from(at_ms / 1_000).ok()?).ok()?;
        Some(Self::from([("date", at.to_string())]))
    }

    /// The value of a key, metadata included.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Version {
    fn from(pairs: [(K, V); N]) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

fn flatten(prefix: &str, object: Map<String, Value>, flat: &mut BTreeMap<String, String>) {
    for (key, value) in object {
        let key = if prefix.is_empty() { key } else { format!("{prefix}_{key}") };
        match value {
            Value::Null => {}
            Value::Object(inner) => flatten(&key, inner, flat),
            Value::String(text) => drop(flat.insert(key, text)),
            other => drop(flat.insert(key, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_has_dates() {
        let date = |ms| Version::of_instant(ms).map(|version| version.0["date"].clone());
        assert_eq!(date(1_774_746_000_999).as_deref(), Some("2026-03-29T01:00:00Z"));
        assert_eq!(date(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(date(u64::MAX), None);
    }

    #[test]
    fn metadata_is_no_part_of_the_identity() {
        let plain = Version::from([("ref", "a")]);
        assert_eq!(plain.identity(), Version::from([("ref", "a"), ("_message", "hello")]).identity());
        assert_ne!(plain.identity(), Version::from([("ref", "b")]).identity());
        assert_ne!(Version::from([("a", "bc")]).identity(), Version::from([("ab", "c")]).identity());
    }
}
