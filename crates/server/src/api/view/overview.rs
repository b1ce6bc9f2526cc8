//! What one wants to see first.

use super::build::Brief;
use super::time::Time;
use super::version::split;
use crate::api::why::Waits;
use pikoci_store::read;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What one wants to see first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Status)]
pub(in crate::api) struct Overview {
    /// Jobs whose newest build that has ended failed or errored.
    red: Vec<Red>,
    /// Builds that are pending, oldest first.
    waiting: Vec<Waiting>,
    /// Resources whose checks fail.
    failing_checks: Vec<FailingCheck>,
    /// Pipelines and jobs that rest.
    paused: Vec<Paused>,
    /// Resources that are held at a version though there is a newer one.
    pinned: Vec<Pinned>,
    /// Builds that run, oldest first.
    running: Vec<Brief>,
}

/// A job that is red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusRed)]
struct Red {
    /// `pipeline/job`.
    job: String,
    /// That build.
    build: Brief,
    /// Its state.
    status: super::step::Status,
    /// Since when it is red.
    since: Option<Time>,
}

/// A build that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusWaiting)]
struct Waiting {
    /// `pipeline/job`.
    job: String,
    /// The build.
    build: Brief,
    /// What it waits for.
    sentence: Option<String>,
}

/// A resource whose check fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusFailingCheck)]
struct FailingCheck {
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// The resource, `type.name`.
    resource: String,
    /// What the check said.
    error: String,
    /// Since when.
    since: Option<Time>,
}

/// What rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusPaused)]
struct Paused {
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// The job; null is the whole pipeline.
    job: Option<String>,
}

/// A resource that is held at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusPinned)]
pub(in crate::api) struct Pinned {
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// The resource, `type.name`.
    resource: String,
    /// What identifies the version.
    version: BTreeMap<String, String>,
    /// Why it is held there.
    comment: Option<String>,
}

impl Pinned {
    /// If it is held there, and something newer is known.
    pub(in crate::api) fn of(pipeline: &read::Pipeline, resource: &read::Resource) -> Option<Self> {
        let pin = resource.pin.as_ref()?;
        resource.newest.as_ref().filter(|newest| newest.id != pin.version.id)?;
        Some(Self {
            team: pipeline.team.clone(),
            pipeline: pipeline.name.clone(),
            resource: resource.name.clone(),
            version: split(&pin.version.version).0,
            comment: pin.comment.clone(),
        })
    }
}

/// A client is too slow for a stream of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Resume {
    /// Why the stream ends.
    reason: &'static str,
}

impl Resume {
    /// It is too far behind.
    pub(in crate::api) const TOO_SLOW: Self =
        Self { reason: "too far behind: come again with the id of the last event as Last-Event-ID" };
}

fn job(build: &read::Build) -> String {
    format!("{}/{}", build.pipeline, build.job)
}

impl Overview {
    /// What the ledger has, and what its pending builds wait for.
    pub(in crate::api) fn of(seen: &read::Overview, waits: &Waits, pinned: Vec<Pinned>) -> Self {
        let red = seen.red.iter().map(|red| Red {
            job: job(&red.build),
            build: Brief::from(&red.build),
            status: red.build.status.into(),
            since: Time::of(red.since_ms),
        });
        let waiting = seen.waiting.iter().map(|build| {
            let brief = Brief::waiting(build, waits);
            Waiting { job: job(build), sentence: waits.of(build), build: brief }
        });
        let failing = seen.failing_checks.iter().cloned().map(|check| FailingCheck {
            team: check.team,
            pipeline: check.pipeline,
            resource: check.resource,
            error: check.error,
            since: Time::of(check.since_ms),
        });
        let paused = seen.paused.iter().cloned();
        Self {
            red: red.collect(),
            waiting: waiting.collect(),
            failing_checks: failing.collect(),
            paused: paused
                .map(|one| Paused { team: one.team, pipeline: one.pipeline, job: one.job })
                .collect(),
            pinned,
            running: seen.running.iter().map(Brief::from).collect(),
        }
    }
}
