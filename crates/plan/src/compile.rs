//! A typed pipeline to plans.

mod command;


use crate::plan::{self, Action, BuildPlan, CheckPlan, Get, Hooks, Step, Task};
use pikoci_lang::{Pipeline, Resource};
use std::collections::BTreeMap;
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
pub fn job(pipeline: &Pipeline, name: &str) -> Result<BuildPlan, UnknownJob> {
    let Some(job) = pipeline.job(name) else {
        let known = pipeline.jobs.iter().map(|job| job.name.value.clone()).collect();
        return Err(UnknownJob { name: name.to_owned(), known });
    };
    let mut plan = BuildPlan {
        pipeline: pipeline.name.clone(),
        job: job.name.value.clone(),
        timeout_ms: job.timeout_ms.unwrap_or(JOB_TIMEOUT_MS),
        steps: job.steps.iter().filter_map(|step| self::step(pipeline, step)).collect(),
        ..BuildPlan::default()
    };
    plan.number();
    Ok(plan)
}

/// The plan of a resource's checks; `None` where its type has none.
pub fn check(pipeline: &Pipeline, resource: &Resource) -> Option<CheckPlan> {
    let check = pipeline.type_of(resource)?.check.as_ref()?;
    Some(CheckPlan {
        pipeline: pipeline.name.clone(),
        resource: self::resource(resource),
        check: command::compile(pipeline, check)?,
        secrets: BTreeMap::new(),
        timeout_ms: check.timeout_ms.unwrap_or(CHECK_TIMEOUT_MS),
    })
}

fn resource(resource: &Resource) -> plan::Resource {
    plan::Resource {
        full_name: resource.full_name(),
        name: resource.name.value.clone(),
        params: values(&resource.params),
        cache: false,
    }
}

fn values(texts: &BTreeMap<String, String>) -> plan::Values {
    texts.iter().map(|(key, text)| (key.clone(), text.as_str().into())).collect()
}

/// A step. A pipeline that was loaded without an error has the resource and the runner that it names.
fn step(pipeline: &Pipeline, step: &pikoci_lang::Step) -> Option<Step> {
    let (name, timeout_ms, action) = match step {
        pikoci_lang::Step::Get(get) => (
            &get.name.value,
            get.timeout_ms.or_else(|| pull_timeout(pipeline, get)).unwrap_or(0),
            Action::Get(self::get(pipeline, get)?),
        ),
        pikoci_lang::Step::Task(task) => (
            &task.name.value,
            task.timeout_ms.unwrap_or(0),
            Action::Task(Task {
                command: command::compile(pipeline, &task.run)?,
                env: values(&task.env),
                dir: task.dir.as_deref().map(Into::into),
                inputs: Vec::new(),
                outputs: Vec::new(),
            }),
        ),
    };
    Some(Step {
        id: 0,
        name: name.clone(),
        action,
        timeout_ms,
        attempts: 1,
        backoff_ms: 0,
        allow_failure: false,
        hooks: Hooks::default(),
    })
}

fn get(pipeline: &Pipeline, get: &pikoci_lang::Get) -> Option<Get> {
    let resource = pipeline.resource(&get.resource)?;
    let pull = pipeline.type_of(resource)?.pull.as_ref();
    Some(Get {
        resource: self::resource(resource),
        directory: resource.directory(),
        pull: pull.and_then(|pull| command::compile(pipeline, pull)),
    })
}

fn pull_timeout(pipeline: &Pipeline, get: &pikoci_lang::Get) -> Option<u64> {
    pipeline.type_of(pipeline.resource(&get.resource)?)?.pull.as_ref()?.timeout_ms
}
