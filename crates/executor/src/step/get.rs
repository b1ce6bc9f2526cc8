//! `get`: fetches the version of a resource that the build takes.

use super::Ended;
use super::command::{self, Run};
use crate::attempt::{Attempt, Deadline};
use crate::environment::{self, Variables};
use crate::files::copy_tree;
use crate::log::StepLog;
use crate::process::exit::{Cause, judge};
use pikoci_plan::event::Event;
use pikoci_plan::plan::Get;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use std::path::{Path, PathBuf};
use tokio::task;

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

/// Copies a local tree to where the resource would be fetched to.
pub(crate) async fn copy(
    attempt: &mut Attempt<'_>,
    log: &mut StepLog,
    get: &Get,
    from: &Path,
) -> Result<Ended, Ended> {
    let Some(to) = below(attempt.work(), &get.directory) else {
        return Err(Ended::errored(format!(
            "`{}` is fetched into `{}`, which is not below $WORKDIR",
            get.resource, get.directory
        )));
    };
    let (from, without) = (from.to_owned(), attempt.home().path().to_owned());
    let shown = from.display().to_string();
    attempt.tell_held().await?;
    let copied = task::spawn_blocking(move || copy_tree(&from, &to, &without)).await;
    let copied = match copied {
        Ok(Ok(copied)) => copied,
        Ok(Err(error)) => return Err(Ended::errored(error.to_string())),
        Err(error) => return Err(Ended::errored(format!("the copy was cut off: {error}"))),
    };
    let sentence =
        format!("copied {shown} instead of fetching it: {} files, {} bytes", copied.files, copied.bytes);
    attempt.tell(Event::Log(log.note(&sentence))).await?;
    for path in &copied.left_out {
        let sentence = format!("{} is neither file, directory nor link: left out", path.display());
        attempt.tell(Event::Log(log.note(&sentence))).await?;
    }
    Ok(Ended::well())
}

fn below(work: &Path, directory: &str) -> Option<PathBuf> {
    crate::runner::below(work.to_str()?, directory).map(PathBuf::from)
}
