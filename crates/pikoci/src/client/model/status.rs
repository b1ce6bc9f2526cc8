//! What to look at in the morning.

use super::{Build, Version, join};
use serde::Deserialize;

/// All of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Status {
    /// Jobs that are red.
    pub(crate) red: Vec<Red>,
    /// Builds that wait.
    pub(crate) waiting: Vec<Waiting>,
    /// Resources whose checks fail.
    pub(crate) failing_checks: Vec<Failing>,
    /// Pipelines and jobs that are paused.
    pub(crate) paused: Vec<Paused>,
    /// Resources that are held at a version, though there is a newer one.
    pub(crate) pinned: Vec<Pinned>,
    /// Builds that run.
    pub(crate) running: Vec<Build>,
}

/// A job whose newest build that ended went wrong.
#[derive(Debug, Deserialize)]
pub(crate) struct Red {
    /// That build.
    pub(crate) build: Build,
    /// Since when it is red.
    pub(crate) since: Option<String>,
}

/// A build that waits.
#[derive(Debug, Deserialize)]
pub(crate) struct Waiting {
    /// The build.
    pub(crate) build: Build,
    /// What for.
    pub(crate) sentence: Option<String>,
}

/// A resource whose checks fail.
#[derive(Debug, Deserialize)]
pub(crate) struct Failing {
    team: String,
    pipeline: String,
    resource: String,
    /// What the last one said.
    #[serde(default)]
    pub(crate) error: String,
    /// Since when.
    pub(crate) since: Option<String>,
}

/// A pipeline, or a job of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Paused {
    team: String,
    pipeline: String,
    job: Option<String>,
}

/// A resource that is held.
#[derive(Debug, Deserialize)]
pub(crate) struct Pinned {
    team: String,
    pipeline: String,
    resource: String,
    /// At which version.
    #[serde(flatten)]
    pub(crate) version: Version,
    /// Why.
    pub(crate) comment: Option<String>,
}

impl Pinned {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.resource)
    }
}

impl Failing {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.resource)
    }
}

impl Paused {
    /// Its address; that of a whole pipeline says so.
    pub(crate) fn address(&self) -> String {
        match &self.job {
            Some(job) => join(&self.team, &self.pipeline, job),
            None => format!("pipeline {}", join(&self.team, &self.pipeline, "").trim_end_matches('/')),
        }
    }
}
