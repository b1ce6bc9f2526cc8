//! Jobs.

use super::build::Brief;
use pikoci_store::read;
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Job {
    /// Its id.
    id: String,
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// Its name.
    name: String,
    /// Its newest build.
    last_build: Option<Brief>,
    /// How many of its builds are pending.
    pending: u64,
    /// How many of its builds run.
    running: u64,
    /// What keeps it from starting by itself, in a sentence.
    note: Option<String>,
    /// What it gets, in written order.
    inputs: Vec<JobInput>,
}

/// A get of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct JobInput {
    /// The name of the step.
    name: String,
    /// The resource, `type.name`.
    resource: String,
    /// Whether new versions start the job.
    trigger: bool,
    /// The jobs that a version must have passed.
    passed: Vec<String>,
}

impl Job {
    /// A job of a pipeline with its newest build.
    pub(in crate::api) fn of(pipeline: &read::Pipeline, job: &read::Job, last: Option<&read::Build>) -> Self {
        let inputs = job.inputs.iter().cloned();
        Self {
            id: job.id.to_string(),
            team: pipeline.team.clone(),
            pipeline: pipeline.name.clone(),
            name: job.name.clone(),
            last_build: last.map(Brief::from),
            pending: job.pending,
            running: job.running,
            note: note(job).map(str::to_owned),
            inputs: inputs
                .map(|(name, resource, trigger, passed)| JobInput { name, resource, trigger, passed })
                .collect(),
        }
    }
}

/// Why the job does not start by itself.
fn note(job: &read::Job) -> Option<&'static str> {
    let triggers = job.inputs.iter().any(|(_, _, trigger, _)| *trigger);
    (!triggers).then_some("starts only by hand: none of its gets has `trigger = true`")
}
