//! A loaded pipeline becomes a revision for the ledger.

use crate::clock::now_ms;
use pikoci_engine::part::{CheckSpec, InputSpec, JobSpec, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_lang::{Job, Pipeline, Resource};
use pikoci_plan::compile;
use pikoci_plan::id::{CheckId, IdMaker, JobId, PipelineId, ResourceId};
use pikoci_plan::plan::{CheckPlan, Plan};
use pikoci_protocol::codec::{self, CodecError};
use sha2::{Digest, Sha256};

/// Why a pipeline cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A job's plan does not fit a message.
    #[error("job {job} is too large to be sent to a worker: {error}")]
    TooLarge {
        /// The job, or the resource.
        job: String,
        /// How large it is.
        error: CodecError,
    },
    /// The pipeline has no such job.
    #[error(transparent)]
    UnknownJob(#[from] compile::UnknownJob),
}

/// The revision of a pipeline; `source` is its text as it was given.
pub fn revision(team: &str, pipeline: &Pipeline, source: String) -> Result<SetPipeline, SetError> {
    let mut ids = Ids(IdMaker::default());
    let resources = &pipeline.resources;
    Ok(SetPipeline {
        id: PipelineId(ids.next()),
        team: team.to_owned(),
        name: pipeline.name.clone(),
        source,
        jobs: pipeline.jobs.iter().map(|each| job(pipeline, each, &mut ids)).collect::<Result<_, _>>()?,
        resources: resources
            .iter()
            .map(|each| resource(team, pipeline, each, &mut ids))
            .collect::<Result<_, _>>()?,
        at_ms: now_ms(),
    })
}

/// Ids for what turns out to be new.
struct Ids(IdMaker);

impl Ids {
    fn next(&mut self) -> String {
        self.0.next(now_ms(), rand::random())
    }
}

fn job(pipeline: &Pipeline, job: &Job, ids: &mut Ids) -> Result<JobSpec, SetError> {
    let plan = compile::job(pipeline, &job.name.value)?;
    let steps = plan.outline().into_iter().map(|line| (line.name, line.kind.to_owned())).collect();
    let inputs = job.gets().map(|get| InputSpec {
        name: get.name.value.clone(),
        resource: get.resource.clone(),
        trigger: get.trigger,
        passed: get.passed.iter().map(|job| job.value.clone()).collect(),
    });
    Ok(JobSpec {
        id: JobId(ids.next()),
        name: job.name.value.clone(),
        inputs: inputs.collect(),
        plan: encoded(&Plan::Build(plan), steps, &job.name.value)?,
    })
}

fn resource(
    team: &str,
    pipeline: &Pipeline,
    resource: &Resource,
    ids: &mut Ids,
) -> Result<ResourceSpec, SetError> {
    let name = resource.full_name();
    // A cron expression is looked at once a minute, until checks follow it.
    let interval_ms = resource.check_interval.as_ref().map(|schedule| schedule.every_ms().unwrap_or(60_000));
    let plan = compile::check(pipeline, resource).zip(interval_ms);
    let check = plan.map(|(plan, interval_ms)| check(team, &name, plan, interval_ms, ids)).transpose()?;
    Ok(ResourceSpec { id: ResourceId(ids.next()), name, check })
}

fn check(
    team: &str,
    name: &str,
    plan: CheckPlan,
    interval_ms: u64,
    ids: &mut Ids,
) -> Result<CheckSpec, SetError> {
    let steps = vec![(plan.resource_name.clone(), "check".to_owned())];
    let plan = encoded(&Plan::Check(plan), steps, name)?;
    let mut key = Sha256::new();
    for text in [team, &plan.hash] {
        key.update((text.len() as u64).to_le_bytes());
        key.update(text);
    }
    Ok(CheckSpec { id: CheckId(ids.next()), key: key.finalize().into(), plan, interval_ms })
}

fn encoded(plan: &Plan, steps: Vec<(String, String)>, job: &str) -> Result<PlanSpec, SetError> {
    let bytes = codec::encode(plan).map_err(|error| SetError::TooLarge { job: job.to_owned(), error })?;
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(PlanSpec { hash, bytes, steps })
}
