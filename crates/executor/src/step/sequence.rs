//! Steps one after the other: those of a job, of a `do`, of a branch.

use super::{Ended, run as run_step, skip};
use crate::build::Build;
use crate::scope::Scope;
use pikoci_plan::plan::Step;
use pikoci_plan::status::Outcome;

/// Runs the steps; the first that does not succeed is the last. What comes after it is skipped.
pub(crate) async fn run(build: &Build<'_>, steps: &[Step], scope: &Scope) -> Ended {
    let mut result = Ended::well();
    for step in steps {
        if result.outcome == Outcome::Succeeded {
            result = result.then(run_step(build, step, scope).await);
        } else {
            skip(build, step).await;
        }
    }
    result
}

/// None of them is reached.
pub(crate) async fn skip_all(build: &Build<'_>, steps: &[Step]) {
    for step in steps {
        skip(build, step).await;
    }
}
