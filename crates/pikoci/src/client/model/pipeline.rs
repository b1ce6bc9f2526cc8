//! Pipelines, their revisions, and what setting one would change.

use super::Version;
use crate::client::finding::Finding;
use serde::Deserialize;

/// A pipeline.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) team: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) revision: u64,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default)]
    pub(crate) archived: bool,
    pub(crate) set_by: Option<String>,
    pub(crate) set_at: Option<String>,
    #[serde(default)]
    pub(crate) jobs: Vec<Named>,
    #[serde(default)]
    pub(crate) resources: Vec<Named>,
    #[serde(default)]
    pub(crate) status: Counts,
}

/// A job or a resource, by its name.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

/// How many jobs stand how, by their newest builds.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) errored: u64,
    pub(crate) cancelled: u64,
    pub(crate) running: u64,
    pub(crate) pending: u64,
}

/// A revision of a pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Revision {
    pub(crate) number: u64,
    pub(crate) set_by: Option<String>,
    pub(crate) set_at: Option<String>,
    #[serde(default)]
    pub(crate) sources: Vec<Source>,
    /// Its text, where it was asked for alone.
    pub(crate) source: Option<String>,
}

/// A text that a revision took from somewhere else.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Source {
    pub(crate) address: String,
}

/// What setting a pipeline changes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Diff {
    pub(crate) revision: FromTo,
    /// `new`, `changed` or `unchanged`.
    pub(crate) pipeline: String,
    #[serde(default)]
    pub(crate) jobs: Vec<Change>,
    #[serde(default)]
    pub(crate) resources: Vec<Change>,
    #[serde(default)]
    pub(crate) triggers: Vec<Trigger>,
    /// A unified diff of the text.
    #[serde(default)]
    pub(crate) text: String,
}

/// From which revision to which.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct FromTo {
    pub(crate) from: Option<u64>,
    pub(crate) to: u64,
}

/// What becomes of a job or a resource.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    /// `added`, `removed`, `changed` or `unchanged`.
    pub(crate) change: String,
    #[serde(default)]
    pub(crate) what: Vec<String>,
}

/// A build that would start at once.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Trigger {
    pub(crate) job: String,
    pub(crate) why: Option<String>,
    #[serde(default)]
    pub(crate) inputs: Vec<TriggerInput>,
}

/// What it would take.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TriggerInput {
    pub(crate) resource: String,
    #[serde(flatten)]
    pub(crate) version: Version,
}

/// What came of setting a pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SetDone {
    pub(crate) revision: u64,
    #[serde(default)]
    pub(crate) changed: bool,
    #[serde(default)]
    pub(crate) warnings: Vec<Finding>,
}

impl Pipeline {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        match self.team.as_str() {
            "main" => self.name.clone(),
            team => format!("{team}/{}", self.name),
        }
    }
}
