//! `in_parallel`: steps side by side.

use super::{Ended, run as run_step};
use crate::build::Build;
use crate::process::exit::Cause;
use crate::scope::Scope;
use futures_util::stream::{self, StreamExt};
use pikoci_plan::plan::InParallel;
use pikoci_plan::status::Outcome;

/// Runs the steps, at most `limit` at a time, in written order. With `fail_fast` the first that does not succeed
/// cancels those that run, and those that have not begun are skipped; how these end does not count.
pub(super) async fn run(build: &Build<'_>, parallel: &InParallel, scope: &Scope) -> Ended {
    let limit = match parallel.limit {
        0 => parallel.steps.len(),
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let branch = parallel.fail_fast.then(|| scope.branch());
    let inner = branch.as_ref().map_or(scope, |branch| &branch.scope);
    let steps = parallel.steps.iter().map(|step| run_step(build, step, inner));
    let mut running = stream::iter(steps).buffer_unordered(limit.max(1));
    let mut result = Ended::well();
    let mut has_failed = false;
    while let Some(ended) = running.next().await {
        // That it has ended need not wait for the others, who may be silent for long.
        let _ = build.attempt.tell_held().await;
        // A stop makes nothing cancelled.
        let is_going_on = matches!(scope.ended_by(build.attempt), None | Some(Cause::Stopped));
        let is_echo = has_failed && ended.outcome == Outcome::Cancelled && is_going_on;
        if is_echo {
            continue;
        }
        if let (Some(branch), false) = (&branch, ended.outcome == Outcome::Succeeded) {
            has_failed = true;
            branch.cancel();
        }
        result = result.then(ended);
    }
    result
}
