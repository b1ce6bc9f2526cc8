//! Resources.

use super::time::Time;
use super::version::Version;
use pikoci_store::read;
use serde::Serialize;
use utoipa::ToSchema;

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Resource {
    /// Its id.
    id: String,
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// Its name, `type.name`.
    name: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// The pause between two checks, in milliseconds.
    check_interval_ms: Option<u64>,
    /// It is being checked.
    checking: bool,
    /// When the newest check ended.
    last_checked_at: Option<Time>,
    /// What the newest check said when it failed.
    check_error: Option<String>,
    /// Its newest version.
    newest: Option<Version>,
}

/// A check was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Requested {
    /// The resource.
    pub(in crate::api) resource: Resource,
}

/// A check that was waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Checked {
    /// The resource, after the check.
    pub(in crate::api) resource: Resource,
    /// The versions that were not known before the request, newest first, at most 200.
    pub(in crate::api) new_versions: Vec<Version>,
    /// What the check said if it failed.
    pub(in crate::api) error: Option<String>,
}

impl Resource {
    /// A resource of a pipeline.
    pub(in crate::api) fn of(pipeline: &read::Pipeline, resource: &read::Resource) -> Self {
        Self {
            id: resource.id.to_string(),
            team: pipeline.team.clone(),
            pipeline: pipeline.name.clone(),
            name: resource.name.clone(),
            type_name: resource.name.split('.').next().unwrap_or_default().to_owned(),
            check_interval_ms: resource.interval_ms,
            checking: resource.checking,
            last_checked_at: Time::of(resource.checked_ms),
            check_error: resource.check_error.clone(),
            newest: resource.newest.as_ref().map(Version::from),
        }
    }
}
