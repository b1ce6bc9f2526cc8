//! A typed pipeline to plans.

mod command;
mod needs;
mod service;
mod step;

use crate::plan::{self, BuildPlan, CheckPlan};
use needs::Needs;
use pikoci_lang::{OnWorkerLoss, Pipeline, Resource, Scheduling};
use std::fmt;

/// After how many milliseconds a build is failed whose job says nothing else: six hours.
pub const JOB_TIMEOUT_MS: u64 = 6 * 3_600_000;
/// After how many milliseconds a check is errored that says nothing else: five minutes.
pub const CHECK_TIMEOUT_MS: u64 = 5 * 60_000;

/// There is no job of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownJob {
    /// The name that was asked for.
    pub name: String,
    /// The names there are, in the order of the files.
    pub known: Vec<String>,
}

impl fmt::Display for UnknownJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no job `{}`", self.name)?;
        if !self.known.is_empty() {
            write!(f, "; there is {}", self.known.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownJob {}

/// The plan of a job's builds.
///
/// # Errors
/// The pipeline has no such job.
pub fn job(pipeline: &Pipeline, name: &str) -> Result<BuildPlan, UnknownJob> {
    let Some(job) = pipeline.job(name) else {
        let known = pipeline.jobs.iter().map(|job| job.name.value.clone()).collect();
        return Err(UnknownJob { name: name.to_owned(), known });
    };
    let compiler = Compiler { pipeline, needs: Needs::default() };
    let mut plan = BuildPlan {
        pipeline: pipeline.name.clone(),
        job: job.name.value.clone(),
        timeout_ms: job.timeout_ms.unwrap_or(JOB_TIMEOUT_MS),
        services: job.services.iter().filter_map(|service| compiler.service(service)).collect(),
        steps: compiler.steps(&job.steps),
        hooks: compiler.hooks(&job.hooks),
        allow_failure: job.allow_failure,
        careful: is_careful(&job.scheduling),
        ..BuildPlan::default()
    };
    plan.secrets = compiler.secrets();
    plan.number();
    Ok(plan)
}

/// Whether two builds of it, or it and another, must not run at the same time.
fn is_careful(scheduling: &Scheduling) -> bool {
    scheduling.concurrency > 0
        || scheduling.max_in_flight > 0
        || !scheduling.serial_groups.is_empty()
        || scheduling.on_worker_loss == OnWorkerLoss::Retry
}

/// The plan of a resource's checks; `None` where its type has none.
pub fn check(pipeline: &Pipeline, resource: &Resource) -> Option<CheckPlan> {
    let check = pipeline.type_of(resource)?.check.as_ref()?;
    let compiler = Compiler { pipeline, needs: Needs::default() };
    Some(CheckPlan {
        pipeline: pipeline.name.clone(),
        resource: compiler.resource(resource),
        check: compiler.command(check)?,
        timeout_ms: check.timeout_ms.unwrap_or(CHECK_TIMEOUT_MS),
        secrets: compiler.secrets(),
    })
}

/// Compiles the parts of one plan, and notes which secrets they need. A pipeline that was loaded without an error
/// has every type that it names.
struct Compiler<'a> {
    pipeline: &'a Pipeline,
    needs: Needs,
}

impl Compiler<'_> {
    fn resource(&self, resource: &Resource) -> plan::Resource {
        let of_type = self.pipeline.type_of(resource).is_some_and(|of| of.cache);
        plan::Resource {
            full_name: resource.full_name(),
            name: resource.name.value.clone(),
            params: self.values(&resource.params),
            cache: resource.cache.unwrap_or(of_type),
        }
    }

    fn values(&self, values: &pikoci_lang::Values) -> plan::Values {
        values.iter().map(|(key, value)| (key.clone(), self.late(&value.value))).collect()
    }

    fn late(&self, late: &plan::Late) -> plan::Late {
        self.needs.note(late);
        late.clone()
    }
}
