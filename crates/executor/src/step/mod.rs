//! Steps: each kind a file, and each wrapper of a step one too. From the outside in: `run` here, `attempts`,
//! the step's limit of time, the kind. What is common to all that start a process is in `command`.

pub(crate) mod attempts;
pub(crate) mod branch;
pub(crate) mod caution;
pub(crate) mod command;
pub(crate) mod ended;
pub(crate) mod get;
pub(crate) mod hint;
pub(crate) mod hooks;
pub(crate) mod in_parallel;
pub(crate) mod local;
pub(crate) mod put;
pub(crate) mod resource;
pub(crate) mod sequence;
pub(crate) mod task;

pub(crate) use ended::Ended;

use crate::attempt::{Deaf, now_ms};
use crate::build::Build;
use crate::log::StepLog;
use crate::scope::Scope;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, Step};
use pikoci_plan::status::Status;
use std::pin::Pin;

/// Runs a step with all that is around it: its tries, its hooks. Steps nest, hence the box.
pub(crate) fn run<'s>(
    build: &'s Build<'_>,
    step: &'s Step,
    scope: &'s Scope,
) -> Pin<Box<dyn Future<Output = Ended> + 's>> {
    Box::pin(async move {
        if let Some(cause) = scope.ended_by(build.attempt) {
            skip(build, step).await;
            return Ended::before(cause);
        }
        // Told once its process runs: that comes first.
        build.begins(step.id).await;
        let ended = attempts::run(build, step, scope).await;
        let shown = ended.clone().allowed(step.allow_failure);
        if tell_end(build, step, &shown).await.is_err() {
            return Ended::cancelled();
        }
        let after = hooks::run(build, &step.hooks, &ended, scope).await;
        // What happened stands at the step itself.
        Ended { message: None, ..shown }.then(after)
    })
}

/// Does what the step is there for, once.
async fn act(build: &Build<'_>, step: &Step, scope: &Scope, log: &mut StepLog) -> Ended {
    let done = match &step.action {
        Action::Get(get) => get::run(build, log, (&step.name, get), scope).await,
        Action::Task(task) => task::run(build, log, (&step.name, task), scope).await,
        Action::Hook(task) => task::run_hook(build, log, task, scope).await,
        Action::Put(put) => put::run(build, log, put, scope).await,
        Action::InParallel(parallel) => Ok(in_parallel::run(build, parallel, scope).await),
        Action::Do(steps) => Ok(sequence::run(build, steps, scope).await),
        Action::If(branches) => branch::run(build, log, branches, scope).await,
    };
    done.unwrap_or_else(|ended| ended)
}

async fn tell_end(build: &Build<'_>, step: &Step, ended: &Ended) -> Result<(), Deaf> {
    let Ended { outcome, message, warning, .. } = ended.clone();
    let (step, status) = (step.id, Status::from(outcome));
    build.attempt.hold(Event::StepEnded { step, status, at_ms: now_ms(), message, warning }).await
}

/// Tells that a step, and all that is in it, is not reached.
pub(crate) fn skip<'s>(build: &'s Build<'_>, step: &'s Step) -> Pin<Box<dyn Future<Output = ()> + 's>> {
    Box::pin(async move {
        let (id, at_ms, message) = (step.id, now_ms(), None);
        let skipped = Event::StepEnded { step: id, status: Status::Skipped, at_ms, message, warning: false };
        // Who does not listen does not learn of it.
        let _ = build.attempt.hold(skipped).await;
        for inner in step.action.steps() {
            skip(build, inner).await;
        }
        for (_, hooks) in step.hooks.all() {
            sequence::skip_all(build, hooks).await;
        }
    })
}
