//! Resources.

use super::time::Time;
use super::version::{Version, split};
use pikoci_store::read;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// When it is checked, or makes versions by itself, as the language has it: `@every 1m`, `0 9 * * 1-5`. Null for a type
    /// without a check.
    schedule: Option<String>,
    /// The pause between two checks, in milliseconds, where it is always the same.
    check_interval_ms: Option<u64>,
    /// It triggers nothing, and is checked only when a build needs it.
    on_demand: bool,
    /// It is being checked.
    checking: bool,
    /// When the newest check ended.
    last_checked_at: Option<Time>,
    /// What the newest check said when it failed.
    check_error: Option<String>,
    /// How it is checked; null for a type without a check.
    check: Option<Check>,
    /// What somebody holds it at.
    pin: Option<Pin>,
    /// Its newest version.
    newest: Option<Version>,
    /// What follows `/webhooks/`. Only of one resource that has a check, and for who may set pipelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook_token: Option<String>,
    /// Where a forge posts to, if the server knows under which address it is reached. Only together with the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook_url: Option<String>,
}

/// How a resource is checked. Resources that are the same outside share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Check {
    /// It runs.
    running: bool,
    /// When it last began.
    last_started_at: Option<Time>,
    /// When it last ended.
    last_ended_at: Option<Time>,
    /// When it is due.
    next_at: Option<Time>,
    /// What it said when it failed last, if it did.
    error: Option<String>,
    /// When it first failed since it last did not.
    failing_since: Option<Time>,
    /// How often it failed since it last did not.
    failures: u64,
}

/// What somebody holds a resource at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Pin {
    /// What identifies the version.
    version: BTreeMap<String, String>,
    /// Who.
    by: String,
    /// Why.
    comment: Option<String>,
    /// When.
    at: Option<Time>,
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
            schedule: resource.schedule.clone(),
            check_interval_ms: resource.interval_ms,
            on_demand: resource.on_demand,
            checking: resource.checking,
            last_checked_at: Time::of(resource.checked_ms),
            check_error: resource.check_error.clone(),
            check: (resource.check.is_some() && !resource.tick).then(|| Check::from(resource)),
            pin: resource.pin.as_ref().map(Pin::from),
            newest: resource.newest.as_ref().map(|row| Version::of(row, resource.pin.as_ref())),
            webhook_token: None,
            webhook_url: None,
        }
    }

    /// The same with the token of its webhook, and its whole address on a server that is reached as `base`.
    pub(in crate::api) fn with_token(self, token: String, base: Option<&str>) -> Self {
        if self.check.is_none() {
            return self;
        }
        let webhook_url = base.map(|base| format!("{base}/webhooks/{token}"));
        Self { webhook_token: Some(token), webhook_url, ..self }
    }
}

impl From<&read::Resource> for Check {
    fn from(resource: &read::Resource) -> Self {
        Self {
            running: resource.checking,
            last_started_at: Time::of(resource.started_ms),
            last_ended_at: Time::of(resource.checked_ms),
            next_at: Time::of(resource.due_ms),
            error: resource.check_error.clone(),
            failing_since: Time::of(resource.failing_since_ms),
            failures: resource.failures,
        }
    }
}

impl From<&read::PinRow> for Pin {
    fn from(pin: &read::PinRow) -> Self {
        let (version, _) = split(&pin.version.version);
        Self { version, by: pin.by.clone(), comment: pin.comment.clone(), at: Time::of(pin.at_ms) }
    }
}
