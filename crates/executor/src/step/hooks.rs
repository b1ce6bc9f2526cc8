//! What follows when a step or a job is over.

use super::{Ended, run as run_step, sequence};
use crate::build::Build;
use crate::scope::Scope;
use pikoci_plan::plan::{Action, Hooks};
use pikoci_plan::status::Outcome;

/// Runs the hooks for how something ended, then `ensure`; the others are skipped. After a cancel or a limit of
/// time only a second cancel ends them. The result is what they change: a failing hook command nothing, failing
/// steps of a hook the outcome of what has succeeded.
pub(crate) async fn run(build: &Build<'_>, hooks: &Hooks, of: &Ended, scope: &Scope) -> Ended {
    if hooks.is_empty() {
        return Ended::well();
    }
    let after = scope.ended_by(build.attempt).map(|_| scope.afterwards());
    let scope = after.as_ref().map_or(scope, |after| &after.scope);
    let scope = &Scope { status: Some(of.status()), ..scope.clone() };
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
            let ended = run_step(build, step, scope).await;
            if !matches!(step.action, Action::Hook(_)) && of.outcome == Outcome::Succeeded {
                result = result.then(ended);
            }
        }
    }
    result
}
