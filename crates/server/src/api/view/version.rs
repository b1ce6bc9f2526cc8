//! Versions.

use super::time::Time;
use pikoci_plan::version;
use pikoci_store::read::{PinRow, VersionRow};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A version of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Version {
    /// The id of it in the ledger.
    id: String,
    /// What identifies it.
    version: BTreeMap<String, String>,
    /// What is known of it beside; the keys begin with `_`.
    metadata: BTreeMap<String, String>,
    /// The line of work that it belongs to, a branch for example; mostly empty.
    space: String,
    /// It comes from outside: its builds get no secrets.
    untrusted: bool,
    /// The resource is held at it.
    pinned: bool,
    /// When it was first found.
    found_at: Option<Time>,
}

impl Version {
    /// A version of a resource, and what that is held at.
    pub(in crate::api) fn of(row: &VersionRow, pin: Option<&PinRow>) -> Self {
        let (version, metadata) = split(&row.version);
        Self {
            id: row.id.clone(),
            version,
            metadata,
            space: row.space.clone(),
            untrusted: row.untrusted,
            pinned: pin.is_some_and(|pin| pin.version.id == row.id),
            found_at: Time::of(row.created_ms),
        }
    }
}

/// What identifies a version, and its metadata.
pub(super) fn split(version: &version::Version) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    version.0.clone().into_iter().partition(|(key, _)| !key.starts_with('_'))
}
