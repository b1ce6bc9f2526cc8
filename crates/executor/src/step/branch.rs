//! `if`, `else_if`, `else`: the first branch whose condition holds.

use super::{Ended, sequence};
use crate::build::Build;
use crate::log::StepLog;
use crate::scope::Scope;
use pikoci_lang::Value;
use pikoci_plan::plan::{Branch, Decision};

/// Runs the branch that is taken; the others are skipped.
pub(super) async fn run(
    build: &Build<'_>,
    log: &mut StepLog,
    branches: &[Branch],
    scope: &Scope,
) -> Result<Ended, Ended> {
    let taken = choose(build, log, branches, scope).await;
    let mut result = Ended::well();
    for (index, branch) in branches.iter().enumerate() {
        match &taken {
            Ok(Some(taken)) if *taken == index => {
                result = sequence::run(build, &branch.steps, scope).await;
            }
            _ => sequence::skip_all(build, &branch.steps).await,
        }
    }
    taken.map(|_| result)
}

/// The index of the first branch whose condition holds.
async fn choose(
    build: &Build<'_>,
    log: &mut StepLog,
    branches: &[Branch],
    scope: &Scope,
) -> Result<Option<usize>, Ended> {
    for (index, branch) in branches.iter().enumerate() {
        let holds = match &branch.condition {
            None => true,
            Some(decision) => holds(build, log, decision, scope).await?,
        };
        if holds {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

async fn holds(
    build: &Build<'_>,
    log: &mut StepLog,
    decision: &Decision,
    scope: &Scope,
) -> Result<bool, Ended> {
    match decision {
        Decision::Condition(condition) => {
            let variables = build.variables(scope, false);
            Ok(condition.holds(&|name| variables.get(name).cloned()))
        }
        Decision::Value(late) => match build.resolver(scope, false).value(late, log).await? {
            Value::Bool(holds) => Ok(holds),
            Value::String(text) if matches!(&*text, "true" | "1") => Ok(true),
            Value::String(text) if matches!(&*text, "false" | "0") => Ok(false),
            other => {
                Err(Ended::errored(format!("`condition` is {}, and neither true nor false", other.kind())))
            }
        },
    }
}
