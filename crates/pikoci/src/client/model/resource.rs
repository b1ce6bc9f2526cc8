//! Resources, their checks and versions.

use super::join;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A resource.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Resource {
    pub(crate) team: String,
    pub(crate) pipeline: String,
    pub(crate) name: String,
    pub(crate) check_interval_ms: Option<u64>,
    #[serde(default)]
    pub(crate) checking: bool,
    pub(crate) last_checked_at: Option<String>,
    pub(crate) check_error: Option<String>,
    pub(crate) newest: Option<Version>,
    pub(crate) pin: Option<Pin>,
    /// When it is checked, or makes versions by itself, as the language has it.
    pub(crate) schedule: Option<String>,
    /// Whether it is checked only when a build needs it.
    #[serde(default)]
    pub(crate) on_demand: bool,
    /// What stands at the end of the webhook's address; only for who may set pipelines.
    pub(crate) webhook_token: Option<String>,
    /// The whole address, where the server knows its own.
    pub(crate) webhook_url: Option<String>,
}

/// The version that a resource is held at.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pin {
    #[serde(flatten)]
    pub(crate) version: Version,
    pub(crate) comment: Option<String>,
}

/// A version of a resource.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Version {
    pub(crate) version: Map<String, Value>,
    #[serde(default)]
    pub(crate) metadata: Map<String, Value>,
}

/// A version, as a resource's list of them has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FoundVersion {
    #[serde(flatten)]
    pub(crate) version: Version,
    pub(crate) space: Option<String>,
    #[serde(default)]
    pub(crate) untrusted: bool,
    pub(crate) found_at: Option<String>,
    #[serde(default)]
    pub(crate) pinned: bool,
}

/// What a check brought.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Checked {
    #[serde(default)]
    pub(crate) new_versions: Vec<Version>,
    pub(crate) error: Option<String>,
}

impl Resource {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.name)
    }
}

impl Version {
    /// Its keys and values on one line: `ref=3f2a…`.
    pub(crate) fn line(&self) -> String {
        let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs: Vec<String> =
            self.version.iter().map(|(key, item)| format!("{key}={}", value(item))).collect();
        pairs.join(" ")
    }

    /// The first line of its message.
    pub(crate) fn message(&self) -> Option<&str> {
        self.metadata.get("_message")?.as_str()?.lines().next()
    }
}
