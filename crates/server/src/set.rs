//! A loaded pipeline becomes a revision for the ledger.

use crate::clock::now_ms;
use pikoci_engine::part::{CheckSpec, InputSpec, JobSpec, OutlineRow, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_lang::{
    Get, GetVersion, Job, OnWorkerLoss, Pipeline, Resource, ResourceKind, Schedule, Untrusted,
};
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

/// The revision of a pipeline; `source` is its text as it was given, `by` who sets it. It replaces whatever is there.
pub fn revision(team: &str, pipeline: &Pipeline, source: String, by: &str) -> Result<SetPipeline, SetError> {
    let mut ids = Ids(IdMaker::default());
    let resources = &pipeline.resources;
    let sources = pipeline.sources.iter().map(|source| (source.source.clone(), source.sha256.clone()));
    Ok(SetPipeline {
        id: PipelineId(ids.next()),
        team: team.to_owned(),
        name: pipeline.name.clone(),
        expected: None,
        by: by.to_owned(),
        source,
        sources: sources.collect(),
        config_hash: None,
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
    let scheduling = &job.scheduling;
    Ok(JobSpec {
        id: JobId(ids.next()),
        name: job.name.value.clone(),
        inputs: job.gets().map(|get| input(pipeline, get)).collect(),
        tags: scheduling.tags.clone(),
        serial_groups: scheduling.serial_groups.iter().map(|group| group.value.clone()).collect(),
        concurrency: scheduling.concurrency,
        max_in_flight: (scheduling.max_in_flight > 0)
            .then(|| (job.base_name().to_owned(), scheduling.max_in_flight)),
        interruptible: scheduling.interruptible.value,
        retry: scheduling.on_worker_loss == OnWorkerLoss::Retry,
        no_rerun: scheduling.disable_retry,
        trusted_only: !plan.secrets.is_empty() && scheduling.untrusted != Untrusted::Allow,
        plan: encoded(&Plan::Build(plan), outline, &job.name.value)?,
    })
}

fn input(pipeline: &Pipeline, get: &Get) -> InputSpec {
    let is_clock = |resource: &&Resource| resource.kind == ResourceKind::Cron;
    InputSpec {
        name: get.name.value.clone(),
        resource: get.resource.clone(),
        trigger: get.trigger,
        passed: get.passed.iter().map(|job| job.value.clone()).collect(),
        latest: get.version == GetVersion::Latest
            || pipeline.resource(&get.resource).as_ref().is_some_and(is_clock),
        pin: match &get.version {
            GetVersion::Pinned(keys) => Some(keys.clone()),
            GetVersion::Every | GetVersion::Latest => None,
        },
    }
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
    let triggers = |get: &Get| get.resource == name && get.trigger && get.passed.is_empty();
    let check = match &resource.check_interval {
        Some(schedule) => check(team, pipeline, resource, schedule, ids)?,
        None => None,
    };
    Ok(ResourceSpec {
        id: ResourceId(ids.next()),
        space: resource.space.clone(),
        untrusted: resource.untrusted.clone(),
        on_demand: !pipeline.jobs.iter().flat_map(Job::gets).any(triggers),
        stream: (resource.kind == ResourceKind::Trigger).then(|| resource.name.value.clone()),
        check,
        name,
    })
}

fn check(
    team: &str,
    pipeline: &Pipeline,
    resource: &Resource,
    schedule: &Schedule,
    ids: &mut Ids,
) -> Result<Option<CheckSpec>, SetError> {
    let (schedule, tags) = (schedule.clone(), resource.tags.clone());
    let id = CheckId(ids.next());
    if resource.kind == ResourceKind::Cron {
        // Not shared: what is set today takes no instant of yesterday from another.
        let key = hash([team, &pipeline.name, &resource.full_name(), &schedule.to_string()]);
        return Ok(Some(CheckSpec { id, key, plan: None, schedule, tags: Vec::new() }));
    }
    let Some(plan) = compile::check(pipeline, resource) else { return Ok(None) };
    let name = plan.resource.full_name.clone();
    let key = check_key(team, &tags, &plan)?;
    let outline = vec![row(Line { name: name.clone(), kind: "check", depth: 0 })];
    let plan = Some(encoded(&Plan::Check(plan), outline, &name)?);
    Ok(Some(CheckSpec { id, key, plan, schedule, tags }))
}

/// What makes two checks the same: the team, the tags, and all that the check is but for where it stands: its pipeline,
/// unless it has values of secrets that came with that one, and its resource's name, unless its command reads it.
fn check_key(team: &str, tags: &[String], plan: &CheckPlan) -> Result<[u8; 32], SetError> {
    let mut same = plan.clone();
    if !plan.secrets.values().any(|secret| *secret == Secret::Given) {
        same.pipeline.clear();
    }
    if !format!("{:?}", plan.check).contains("RESOURCE_NAME") {
        same.resource.full_name.clear();
        same.resource.name.clear();
    }
    let same = encoded(&Plan::Check(same), Vec::new(), &plan.resource.full_name)?;
    Ok(hash([team, &tags.join("\n"), &same.hash]))
}

/// A SHA-256 of texts that tells them apart.
fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
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
        check_key(team, &[], &plan).unwrap()
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
