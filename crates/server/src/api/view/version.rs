//! Versions.

use super::time::Time;
use pikoci_plan::version;
use pikoci_store::read::VersionRow;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A version of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Version {
    /// What identifies it.
    version: BTreeMap<String, String>,
    /// What is known of it beside; the keys begin with `_`.
    metadata: BTreeMap<String, String>,
    /// When it was first found.
    found_at: Option<Time>,
}

impl From<&VersionRow> for Version {
    fn from(row: &VersionRow) -> Self {
        let (version, metadata) = split(&row.version);
        Self { version, metadata, found_at: Time::of(row.created_ms) }
    }
}

/// What identifies a version, and its metadata.
pub(super) fn split(version: &version::Version) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    version.0.clone().into_iter().partition(|(key, _)| !key.starts_with('_'))
}
