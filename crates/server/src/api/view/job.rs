//! Jobs.

use super::build::Brief;
use super::version::split;
use super::why::Reason;
use pikoci_engine::facts::{Interruptible, JobFacts};
use pikoci_engine::inputs;
use pikoci_engine::why::{self, WhyFacts};
use pikoci_store::{Store, StoreError, read};
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// It rests, or its whole pipeline does.
    paused: bool,
    /// What a worker must have to run it.
    tags: Vec<String>,
    /// The groups of which one running build at a time holds each; `team/x` is one of the whole team.
    serial_groups: Vec<String>,
    /// How many of its builds run at once; 0 is as many as there is room for.
    concurrency: u32,
    /// The name under which instances count together, if it is one of several.
    instance_of: Option<String>,
    /// Whether a newer build cancels older ones: `never`, `waiting` (those that do not run yet) or `always`.
    interruptible: &'static str,
    /// The build at which it stands: that with the greatest number, or its newest rerun. A rerun of an older build is not.
    last_build: Option<Brief>,
    /// How many of its builds are pending.
    pending: u64,
    /// How many of its builds run.
    running: u64,
    /// What keeps it from starting by itself, in a sentence.
    note: Option<String>,
    /// What it gets, in written order.
    inputs: Vec<JobInput>,
    /// What a build by hand would take now. Only of one job; lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_inputs: Option<Vec<NextInput>>,
    /// Why no build of it runs now, the most important reason first. Only of one job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    why: Option<Vec<Reason>>,
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

/// What a get would take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct NextInput {
    /// The name of the step.
    name: String,
    /// The resource, `type.name`.
    resource: String,
    /// What identifies the version; null if there is none that it may take.
    version: Option<BTreeMap<String, String>>,
    /// It is held at a version.
    pinned: bool,
}

impl Job {
    /// A job of a pipeline with its newest build.
    pub(in crate::api) fn read(
        store: &Store,
        pipeline: &read::Pipeline,
        job: &read::Job,
    ) -> Result<Self, StoreError> {
        let last = job.last_build.as_ref().map_or(Ok(None), |id| store.build(id))?;
        let shape = store.job_shape(&job.id)?.unwrap_or_default();
        Ok(Self::of(pipeline, job, shape, last.as_ref()))
    }

    fn of(
        pipeline: &read::Pipeline,
        job: &read::Job,
        shape: read::JobShape,
        last: Option<&read::Build>,
    ) -> Self {
        Self {
            id: job.id.to_string(),
            team: pipeline.team.clone(),
            pipeline: pipeline.name.clone(),
            name: job.name.clone(),
            paused: job.paused || pipeline.paused,
            note: note(pipeline, job, &shape).map(str::to_owned),
            tags: shape.tags,
            serial_groups: shape.serial_groups,
            concurrency: shape.concurrency,
            instance_of: shape.max_in_flight.map(|(name, _)| name),
            interruptible: match shape.interruptible {
                Interruptible::Never => "never",
                Interruptible::Waiting => "waiting",
                Interruptible::Always => "always",
            },
            last_build: last.map(Brief::from),
            pending: job.pending,
            running: job.running,
            inputs: shape.inputs.iter().map(JobInput::from).collect(),
            next_inputs: None,
            why: None,
        }
    }

    /// The same with why it does not run, and what a build by hand would take now.
    pub(in crate::api) fn explained(self, facts: &WhyFacts) -> Self {
        let why = why::why(facts).iter().map(Reason::from).collect();
        Self { why: Some(why), ..self.with_next(&facts.job) }
    }

    fn with_next(self, facts: &JobFacts) -> Self {
        let taken = inputs::by_hand(facts, &BTreeMap::new()).inputs;
        let next = facts.inputs.iter().enumerate().map(|(index, input)| NextInput {
            name: input.name.clone(),
            resource: input.resource_name.clone(),
            version: taken
                .iter()
                .find(|taken| taken.input == index)
                .map(|taken| split(&taken.version.version).0),
            pinned: input.pin.is_some(),
        });
        Self { next_inputs: Some(next.collect()), ..self }
    }
}

impl From<&read::InputShape> for JobInput {
    fn from(input: &read::InputShape) -> Self {
        Self {
            name: input.name.clone(),
            resource: input.resource.clone(),
            trigger: input.trigger,
            passed: input.passed.clone(),
        }
    }
}

/// Why the job does not start by itself.
fn note(pipeline: &read::Pipeline, job: &read::Job, shape: &read::JobShape) -> Option<&'static str> {
    if pipeline.paused {
        Some("the pipeline is paused")
    } else if job.paused {
        Some("it is paused")
    } else if !shape.inputs.iter().any(|input| input.trigger) {
        Some("starts only by hand: none of its gets has `trigger = true`")
    } else {
        None
    }
}
