//! The work of `pikoci run`: for each job checks, then its build.

use super::Request;
use super::flow::{Done, Past};
use super::input::{self, Inputs, Newest};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::shown::{End, JobEnd, Shown};
use crate::machine::{self, Build, Host, given, now_ms};
use pikoci_executor::Options;
use pikoci_lang::Job;
use pikoci_plan::event::Event;
use pikoci_plan::plan::BuildPlan;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// Runs the jobs in this order, and shows them. How the worst of them ended.
pub(super) fn run(request: &Request<'_>, jobs: &[&Job]) -> Result<Exit, Failure> {
    let plan = |job: &&Job| pikoci_plan::compile::job(request.pipeline, &job.name);
    let plans: Vec<BuildPlan> = jobs
        .iter()
        .map(plan)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    let outcome = machine::run(request.settings.clone(), request.to, async |host| {
        all(host, request, jobs.iter().copied().zip(plans)).await
    })?;
    Ok(Exit::of_build(outcome.as_str()))
}

async fn all<'a>(
    host: &mut Host,
    request: &Request<'_>,
    jobs: impl Iterator<Item = (&'a Job, BuildPlan)>,
) -> Outcome {
    let (mut past, mut newest, mut ends) = (Past::new(), Newest::new(), Vec::new());
    for (job, plan) in jobs {
        let end = match host.is_cancelled() {
            true => Err("cancelled before it began".to_owned()),
            false => one(host, request, (job, plan), (&mut past, &mut newest)).await,
        };
        let name = job.name.value.clone();
        ends.push(match end {
            Ok(ended) => JobEnd { job: name, ended: Some(ended), why: None },
            Err(why) => JobEnd { job: name, ended: None, why: Some(why) },
        });
    }
    let is_cancelled = ends.iter().any(|end| end.ended.is_none()) && host.is_cancelled();
    let outcomes = ends.iter().filter_map(|end| Some(end.ended.as_ref()?.0.outcome));
    let worst =
        outcomes.fold(if is_cancelled { Outcome::Cancelled } else { Outcome::Succeeded }, Outcome::worst);
    if request.is_all {
        host.show(Shown::All(ends)).await;
    }
    worst
}

/// Runs one job. How it ended, and how many milliseconds it took.
///
/// # Errors
/// It did not run: why.
async fn one(
    host: &mut Host,
    request: &Request<'_>,
    (job, plan): (&Job, BuildPlan),
    (past, newest): (&mut Past, &mut Newest),
) -> Result<(End, u64), String> {
    let chosen = input::chosen(request, job, past)?;
    let began_ms = now_ms();
    let title = format!("{}/{}", request.pipeline.name, job.name.value);
    host.show(Shown::Job { title, is_one_of_many: request.is_all }).await;
    let (end, versions) = match input::checked(host, request, job, (chosen, newest)).await {
        Err(end) => (end, BTreeMap::new()),
        Ok(inputs) => build(host, request, job, (plan, inputs)).await,
    };
    let puts = job.puts().map(|put| put.resource.clone()).collect();
    let done = Done { succeeded: end.outcome == Outcome::Succeeded, versions, puts };
    past.insert(job.name.value.clone(), done);
    host.show(Shown::End(end.clone())).await;
    Ok((end, now_ms().saturating_sub(began_ms)))
}

/// Builds a job. How it ended, and the versions that it took, then those that it made, by resource.
async fn build(
    host: &mut Host,
    request: &Request<'_>,
    job: &Job,
    (plan, inputs): (BuildPlan, Inputs),
) -> (End, BTreeMap<String, Vec<Version>>) {
    let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for get in job.gets() {
        let version = inputs.get(&get.name.value).cloned();
        versions.entry(get.resource.clone()).or_default().extend(version);
    }
    let options = Options {
        local: request.local.clone(),
        given: given(request.pipeline),
        shows_puts: !request.allows_puts,
        keeps_work: request.keeps_work,
        ..Options::default()
    };
    let build = Build { plan, inputs, options, is_shown: true, opens_shells: request.opens_shells };
    let see = |event: &Event| {
        if let Event::Output { resource, versions: made, .. } = event {
            versions.entry(resource.clone()).or_default().extend(made.iter().cloned());
        }
    };
    (host.build(build, see).await, versions)
}
