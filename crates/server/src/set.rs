//! A loaded pipeline becomes a revision for the ledger.

use crate::clock::now_ms;
use pikoci_engine::part::{CheckSpec, InputSpec, JobSpec, OutlineRow, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_lang::{Job, Pipeline, Resource};
use pikoci_plan::compile;
use pikoci_plan::id::{CheckId, IdMaker, JobId, PipelineId, ResourceId};
use pikoci_plan::outline::Line;
use pikoci_plan::plan::{CheckPlan, Plan, Secret};
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
    let outline = plan.outline().into_iter().map(row).collect();
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
        plan: encoded(&Plan::Build(plan), outline, &job.name.value)?,
    })
}

fn row(Line { name, kind, depth }: Line) -> OutlineRow {
    OutlineRow { name, kind: kind.to_owned(), depth }
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
    let key = check_key(team, &plan, name)?;
    let outline = vec![row(Line { name: plan.resource.full_name.clone(), kind: "check", depth: 0 })];
    let plan = encoded(&Plan::Check(plan), outline, name)?;
    Ok(CheckSpec { id: CheckId(ids.next()), key, plan, interval_ms })
}

/// What makes two checks the same: the team, and all that the check is but for the pipeline it stands in. Only the
/// values of secrets that came with a pipeline are that pipeline's own.
fn check_key(team: &str, plan: &CheckPlan, name: &str) -> Result<[u8; 32], SetError> {
    let has_own = plan.secrets.values().any(|secret| *secret == Secret::Given);
    let pipeline = if has_own { plan.pipeline.clone() } else { String::new() };
    let same = encoded(&Plan::Check(CheckPlan { pipeline, ..plan.clone() }), Vec::new(), name)?;
    let mut key = Sha256::new();
    for text in [team, &same.hash] {
        key.update((text.len() as u64).to_le_bytes());
        key.update(text);
    }
    Ok(key.finalize().into())
}

fn encoded(plan: &Plan, outline: Vec<OutlineRow>, job: &str) -> Result<PlanSpec, SetError> {
    let bytes = codec::encode(plan).map_err(|error| SetError::TooLarge { job: job.to_owned(), error })?;
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(PlanSpec { hash, bytes, outline })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pikoci_plan::plan::{self, Late};

    /// A check of a resource with these secrets, as `pipeline` has it.
    fn key(team: &str, pipeline: &str, secrets: &[(&str, Secret)]) -> [u8; 32] {
        let command = plan::Command {
            runner: "exec".into(),
            run: plan::Template { path: "/bin/true".into(), args: Vec::new() },
            stop: None,
            mounts: Default::default(),
            error_codes: Vec::new(),
            params: Default::default(),
        };
        let resource = plan::Resource {
            full_name: "git.app".into(),
            name: "app".into(),
            params: secrets.iter().map(|(name, _)| ("token".into(), Late::Secret((*name).into()))).collect(),
            cache: false,
        };
        let plan = CheckPlan {
            pipeline: pipeline.into(),
            resource,
            check: command,
            secrets: secrets.iter().map(|(name, secret)| ((*name).into(), secret.clone())).collect(),
            timeout_ms: 1,
        };
        check_key(team, &plan, "git.app").unwrap()
    }

    #[test]
    fn checks_are_shared_unless_their_secrets_are_a_pipelines_own() {
        let fetched = |path: &str| {
            Secret::Fetched(plan::SecretGet {
                type_name: "env".into(),
                get: plan::Command {
                    runner: "exec".into(),
                    run: plan::Template { path: "/bin/true".into(), args: Vec::new() },
                    stop: None,
                    mounts: Default::default(),
                    error_codes: Vec::new(),
                    params: Default::default(),
                },
                params: Default::default(),
                path: Some(path.into()),
                key: None,
                value_type: "string".into(),
                timeout_ms: 1,
            })
        };
        let given = Secret::Given;
        for (why, same, one, other) in [
            ("without a secret", true, key("main", "a", &[]), key("main", "b", &[])),
            ("of two teams", false, key("main", "a", &[]), key("other", "a", &[])),
            (
                "fetched",
                true,
                key("main", "a", &[("t", fetched("x"))]),
                key("main", "b", &[("t", fetched("x"))]),
            ),
            (
                "from elsewhere",
                false,
                key("main", "a", &[("t", fetched("x"))]),
                key("main", "a", &[("t", fetched("y"))]),
            ),
            (
                "given",
                true,
                key("main", "a", &[("t", given.clone())]),
                key("main", "a", &[("t", given.clone())]),
            ),
            (
                "given to two",
                false,
                key("main", "a", &[("t", given.clone())]),
                key("main", "b", &[("t", given.clone())]),
            ),
            (
                "of two variables",
                false,
                key("main", "a", &[("t", given.clone())]),
                key("main", "a", &[("u", given)]),
            ),
        ] {
            assert_eq!(one == other, same, "{why}");
        }
    }
}
