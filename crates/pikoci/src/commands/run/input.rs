//! The versions that the gets of a job take: each resource's newest, found by its own check.

use super::local::Trees;
use super::work::Host;
use pikoci_executor::Work;
use pikoci_lang::{Job, Pipeline, Resource};
use pikoci_plan::event::Event;
use pikoci_plan::plan::CheckPlan;
use pikoci_plan::status::Outcome;
use pikoci_plan::values::CheckValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// How often a check that has more to tell is asked again.
const MOST_CHECKS: usize = 1_000;

/// Why there are no inputs: how the run ends, and what to say.
#[derive(Debug)]
pub(super) struct NoInputs(pub(super) Outcome, pub(super) Option<String>);

/// The newest version of each resource that the job gets and that no local tree stands for, by the name of
/// the get.
pub(super) async fn versions(
    host: &mut Host,
    pipeline: &Pipeline,
    job: &Job,
    local: &Trees,
) -> Result<BTreeMap<String, Version>, NoInputs> {
    let mut found: BTreeMap<&str, Option<Version>> = BTreeMap::new();
    for get in job.gets().filter(|get| !local.contains_key(&get.resource)) {
        let Some(resource) = pipeline.resource(&get.resource) else { continue };
        if !found.contains_key(get.resource.as_str()) {
            found.insert(&get.resource, newest(host, pipeline, resource).await?);
        }
    }
    let version =
        |get: &pikoci_lang::Get| Some((get.name.value.clone(), found.get(get.resource.as_str())?.clone()?));
    Ok(job.gets().filter_map(version).collect())
}

/// The newest version that the resource's check finds; `None` where its type has none.
async fn newest(
    host: &mut Host,
    pipeline: &Pipeline,
    resource: &Resource,
) -> Result<Option<Version>, NoInputs> {
    let Some(plan) = pikoci_plan::compile::check(pipeline, resource) else { return Ok(None) };
    let name = resource.full_name();
    let mut newest = None;
    for _ in 0..MOST_CHECKS {
        let (last, more) = check(host, &name, &plan, newest.clone()).await?;
        let is_new = last.is_some() && last != newest;
        newest = last.or(newest);
        if !more || !is_new {
            break;
        }
    }
    match newest {
        Some(version) => Ok(Some(version)),
        None => Err(NoInputs(Outcome::Errored, Some(format!("the check of `{name}` found no version")))),
    }
}

/// Checks once; the newest of what it found, and whether there is more.
async fn check(
    host: &mut Host,
    name: &str,
    plan: &CheckPlan,
    newest: Option<Version>,
) -> Result<(Option<Version>, bool), NoInputs> {
    let work = Work::Check(plan.clone(), CheckValues { newest });
    let (mut found, mut more_to_come) = (None, false);
    let see = |event: &Event| {
        if let Event::Versions { versions, more } = event {
            (found, more_to_come) = (versions.last().cloned(), *more);
        }
    };
    match host.check(name, work, see).await {
        (Outcome::Succeeded, _) => Ok((found, more_to_come)),
        (outcome, _) => Err(NoInputs(outcome, None)), // the step has said why
    }
}
