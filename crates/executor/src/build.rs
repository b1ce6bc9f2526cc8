//! A build: the steps of a job, in order.

use crate::attempt::{Attempt, Deadline, now_ms};
use crate::environment::{self, Variables};
use crate::log::StepLog;
use crate::process::exit::Cause;
use crate::step::{Ended, get, local, task};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, BuildPlan, Get, Step};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the one who runs a build may ask for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Local trees, by the resource (`type.name`) that they stand for: they are copied instead of fetched.
    pub local: BTreeMap<String, PathBuf>,
}

/// Runs the steps; the first that does not succeed is the last. What comes after it is skipped.
pub(crate) async fn run(
    attempt: &mut Attempt<'_>,
    plan: &BuildPlan,
    values: &BuildValues,
    options: &Options,
) -> Ended {
    attempt.deadline = Deadline::after(plan.timeout_ms, Cause::JobTimeout);
    let mut build = Build { plan, values, options, known: environment::of_build(plan, values) };
    let mut result = Ended::well();
    for (index, step) in (0..).zip(&plan.steps) {
        let ended = match (result.outcome, attempt.ended_by()) {
            (Outcome::Succeeded, None) => build.step(attempt, index, step).await,
            (Outcome::Succeeded, Some(cause)) => {
                result = before_a_step(cause);
                skip(attempt, index).await
            }
            _ => skip(attempt, index).await,
        };
        match ended {
            Ok(Outcome::Succeeded) => {}
            Ok(outcome) => result.outcome = result.outcome.worst(outcome),
            Err(ended) => result = ended,
        }
    }
    result
}

/// How a build ends that was ended between two steps.
fn before_a_step(cause: Cause) -> Ended {
    match cause {
        Cause::Cancelled => Ended::cancelled(),
        cause => Ended::failed(cause.sentence()),
    }
}

async fn skip(attempt: &mut Attempt<'_>, step: u32) -> Result<Outcome, Ended> {
    attempt.hold(Event::StepEnded { step, status: Status::Skipped, at_ms: now_ms(), message: None }).await?;
    Ok(Outcome::Succeeded)
}

struct Build<'a> {
    plan: &'a BuildPlan,
    values: &'a BuildValues,
    options: &'a Options,
    /// What its processes know so far.
    known: Variables,
}

impl Build<'_> {
    async fn step(&mut self, attempt: &mut Attempt<'_>, index: u32, step: &Step) -> Result<Outcome, Ended> {
        // Told once its process runs: that comes first.
        attempt.hold(Event::StepStarted { step: index, at_ms: now_ms() }).await?;
        let deadline = Deadline::after(step.timeout_ms, Cause::StepTimeout);
        let mut log = StepLog::new(index, attempt.home().settings.log_limit);
        let ended = match &step.action {
            Action::Get(get) => self.get(attempt, &mut log, (index, &step.name, get), deadline).await,
            Action::Task(task) => {
                task::run(attempt, &mut log, (index, task), self.known.clone(), deadline).await
            }
        };
        let Ended { outcome, message } = ended.unwrap_or_else(|ended| ended);
        let status = Status::from(outcome);
        attempt.hold(Event::StepEnded { step: index, status, at_ms: now_ms(), message }).await?;
        Ok(outcome)
    }

    async fn get(
        &mut self,
        attempt: &mut Attempt<'_>,
        log: &mut StepLog,
        (index, name, get): (u32, &str, &Get),
        deadline: Option<Deadline>,
    ) -> Result<Ended, Ended> {
        let version = self.values.inputs.get(name);
        let ended = match self.options.local.get(&get.resource) {
            Some(from) => local::copy(attempt, log, get, from, deadline).await?,
            None => get::pull(attempt, log, (index, get), (version, self.known.clone()), deadline).await?,
        };
        if let (Outcome::Succeeded, Some(version)) = (ended.outcome, version) {
            self.learn(name, version);
        }
        Ok(ended)
    }

    /// Later steps know the version that was fetched; by its short names where it is the only one.
    fn learn(&mut self, name: &str, version: &Version) {
        self.known.extend(environment::of_get(name, version));
        let gets = self.plan.steps.iter().filter(|step| matches!(step.action, Action::Get(_)));
        if gets.count() == 1 {
            self.known.extend(environment::of_version(version));
        }
    }
}
