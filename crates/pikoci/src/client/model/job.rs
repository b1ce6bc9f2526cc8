//! Jobs, and why they do not run.

use super::{Build, join};
use serde::Deserialize;

/// A job.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Job {
    pub(crate) team: String,
    pub(crate) pipeline: String,
    pub(crate) name: String,
    pub(crate) last_build: Option<Build>,
    #[serde(default)]
    pub(crate) pending: u64,
    #[serde(default)]
    pub(crate) running: u64,
    #[serde(default)]
    pub(crate) paused: bool,
    pub(crate) note: Option<String>,
    /// Why it does not run.
    #[serde(default)]
    pub(crate) why: Vec<Reason>,
    #[serde(default)]
    pub(crate) inputs: Vec<JobInput>,
}

/// What a job gets.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobInput {
    pub(crate) resource: String,
    #[serde(default)]
    pub(crate) trigger: bool,
}

/// Why a job, or a build of it, does not run.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Why {
    /// The build that waits.
    pub(crate) build: Option<WaitingBuild>,
    #[serde(default)]
    pub(crate) reasons: Vec<Reason>,
}

/// The build that waits, as far as it is told.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct WaitingBuild {
    pub(crate) number: String,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Reason {
    /// What is the matter, in a sentence.
    pub(crate) sentence: String,
    /// What would let it go on.
    pub(crate) unblock: Option<String>,
}

impl Job {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.name)
    }
}
