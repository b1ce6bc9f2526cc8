//! What must not happen twice waits while no server answers the worker: the build may have been given up, and to
//! another worker.

use super::Ended;
use crate::attempt::cancelled;
use crate::build::Build;
use crate::clock::steady_ms;
use crate::log::StepLog;
use crate::process::exit::Cause;
use crate::scope::Scope;
use pikoci_plan::plan::{Action, Step};
use std::future::pending;
use tokio::sync::watch;

/// Waits before a step begins, if it must. That takes no time of any limit; a cancel ends it. After a cancel or a limit
/// nothing waits: commands of hooks run, for they clean up, and a put is not begun.
pub(super) async fn wait(
    build: &Build<'_>,
    step: &Step,
    scope: &Scope,
    log: &mut StepLog,
) -> Result<(), Ended> {
    let Some(sure_until) = &build.options.sure_until else { return Ok(()) };
    let is_put = matches!(step.action, Action::Put(_));
    if !(is_put || build.plan.careful && step.action.steps().is_empty()) || is_sure(*sure_until.borrow()) {
        return Ok(());
    }
    if scope.is_afterwards {
        return if is_put { Err(Ended::errored(NOT_BEGUN)) } else { Ok(()) };
    }
    build.attempt.note(log, WAITS).await?;
    let held_up = build.attempt.held_up();
    tokio::select! {
        () = sure(sure_until.clone()) => {}
        () = cancelled(scope.cancel.clone()) => {
            let cause = scope.cancel.borrow().cause();
            return Err(Ended::before(cause.unwrap_or(Cause::Cancelled)));
        }
        () = build.attempt.events().closed() => return Err(Ended::cancelled()),
    }
    drop(held_up);
    build.attempt.note(log, GOES_ON).await?;
    Ok(())
}

const WAITS: &str = "waiting until a server answers this worker: none has for a while, the build may have been given \
                     to another worker, and this must not happen twice";

const GOES_ON: &str = "a server has answered";

const NOT_BEGUN: &str =
    "not begun: no server has answered this worker for a while, and the build may have been given to another";

fn is_sure(until: u64) -> bool {
    steady_ms() < until
}

async fn sure(mut until: watch::Receiver<u64>) {
    if until.wait_for(|until| is_sure(*until)).await.is_err() {
        pending::<()>().await; // nobody is left who could say so
    }
}
