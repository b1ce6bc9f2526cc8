//! What follows when a step or a job is over.

use super::{Ended, run as run_step, sequence};
use crate::build::Build;
use crate::process::exit::Cause;
use crate::scope::Scope;
use pikoci_plan::plan::{Action, Hooks, Step};
use pikoci_plan::status::Outcome;

/// How long a hook may take that runs after a cancel or a limit of time: 10 minutes.
const AFTERWARDS_MS: u64 = 10 * 60_000;

/// Runs the hooks for how something ended, then `ensure`; the others are skipped. The result is what they change: a
/// failing hook command nothing, failing steps of a hook the outcome of what has succeeded, a cancel while they run
/// that of everything.
pub(crate) async fn run(build: &Build<'_>, hooks: &Hooks, of: &Ended, scope: &Scope) -> Ended {
    let chosen = match of.outcome {
        Outcome::Succeeded => "on_success",
        Outcome::Failed => "on_failure",
        Outcome::Errored => "on_error",
        Outcome::Cancelled => "on_cancel",
    };
    let mut result = Ended::well();
    for (word, steps) in hooks.all() {
        if word != chosen && word != "ensure" {
            sequence::skip_all(build, steps).await;
            continue;
        }
        for step in steps {
            let was_going_on = scope.ended_by(build.attempt).is_none();
            let ended = run_one(build, step, of.status(), scope).await;
            // A cancel came for the build as much as for its hook. A stop is like a limit: what was decided stays.
            let is_the_builds = was_going_on && ended.outcome == Outcome::Cancelled;
            let counts = !matches!(step.action, Action::Hook(_)) && of.outcome == Outcome::Succeeded;
            if is_the_builds || counts {
                result = result.then(ended);
            }
        }
    }
    result
}

/// Runs one of them. After a cancel or a limit of time, which may also come while hooks run, only a second cancel
/// and a limit of its own end it.
async fn run_one(build: &Build<'_>, step: &Step, status: &'static str, scope: &Scope) -> Ended {
    let after = scope.ended_by(build.attempt).map(|_| scope.afterwards());
    let scope = match &after {
        Some(after) => after.scope.within(build.attempt, AFTERWARDS_MS, Cause::StepTimeout),
        None => scope.clone(),
    };
    run_step(build, step, &Scope { status: Some(status), ..scope }).await
}
