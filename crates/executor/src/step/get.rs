//! `get`: fetches the version of a resource that the build takes.

use super::Ended;
use super::command::{self, Run};
use crate::attempt::{Attempt, Deadline};
use crate::environment::{self, Variables};
use crate::log::StepLog;
use crate::process::exit::{Cause, judge};
use pikoci_plan::plan::Get;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;

/// Fetches the version with the type's `pull`. `variables` are what the build knows so far.
pub(crate) async fn pull(
    attempt: &mut Attempt<'_>,
    log: &mut StepLog,
    (step, get): (u32, &Get),
    (version, mut variables): (Option<&Version>, Variables),
    deadline: Option<Deadline>,
) -> Result<Ended, Ended> {
    let Some(pull) = &get.pull else { return Ok(Ended::well()) };
    if version.is_none() {
        return Err(Ended::errored(format!("the build has no version of `{}` to fetch", get.resource)));
    }
    variables.extend(environment::of_resource(&get.resource_name, &get.params, version));
    let run = Run { command: pull, variables, dir: None, step, deadline, answer: None };
    let (end, _) = command::run(attempt, log, run).await?;
    Ok(match judge(end, &pull.runner, &pull.error_codes) {
        // Only the job's timeout is the user's own; any other failure to fetch is trouble of the infrastructure.
        (Outcome::Failed, message) if !matches!(end.cause, Some(Cause::JobTimeout(_))) => {
            Ended { outcome: Outcome::Errored, message }
        }
        (outcome, message) => Ended { outcome, message },
    })
}
