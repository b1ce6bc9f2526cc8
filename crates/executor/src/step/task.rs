//! `task`: runs a command. A hook's command is one too, without inputs and outputs.

use super::command::{self, Ran, Run};
use super::{Ended, hint};
use crate::attempt::cancelled;
use crate::build::Build;
use crate::log::StepLog;
use crate::options::FailedTask;
use crate::output_file;
use crate::process::prepared::Prepared;
use crate::runner;
use crate::scope::Scope;
use pikoci_plan::plan::{Late, Task};
use pikoci_plan::status::Outcome;
use std::path::Path;
use tokio::sync::{mpsc, oneshot};

/// Runs the task. What it wrote to `$PIKOCI_OUTPUT` is known to later steps.
pub(super) async fn run(
    build: &Build<'_>,
    log: &mut StepLog,
    (name, task): (&str, &Task),
    scope: &Scope,
) -> Result<Ended, Ended> {
    if let Some(missing) = missing(build, log, &task.inputs, scope).await? {
        let there = hint::what_is_there(build.attempt.work());
        return Ok(Ended::failed(format!("its input `{missing}` is missing in $WORKDIR{there}")));
    }
    let (ended, ran, dir) = command(build, log, task, scope).await?;
    if ended.outcome != Outcome::Succeeded {
        help(build, log, (task, &ended), &ran, dir.as_deref(), scope).await?;
        return Ok(ended);
    }
    if let Some(missing) = missing(build, log, &task.outputs, scope).await? {
        return Ok(Ended::failed(missing_output(build.attempt.work(), &missing, dir.as_deref())));
    }
    let mut output = output_file::read(&ran.output).map_err(Ended::failed)?;
    if !output.is_empty() {
        output.values_mut().for_each(|value| *value = build.attempt.mask(value));
        build.learn(|known| known.wrote(name, output));
    }
    Ok(ended)
}

/// Runs the command of a hook.
pub(super) async fn run_hook(
    build: &Build<'_>,
    log: &mut StepLog,
    task: &Task,
    scope: &Scope,
) -> Result<Ended, Ended> {
    command(build, log, task, scope).await.map(|(ended, ..)| ended)
}

/// Runs the command with what the build knows; what the task itself sets wins. With it comes its `dir`.
async fn command(
    build: &Build<'_>,
    log: &mut StepLog,
    task: &Task,
    scope: &Scope,
) -> Result<(Ended, Ran, Option<String>), Ended> {
    let filled = build.filled(&task.command, scope, log).await?;
    let on_network = filled.is_on_network();
    let resolver = build.resolver(scope, on_network);
    let dir = match &task.dir {
        Some(dir) => resolver.text(dir, log).await?,
        None => None,
    };
    let mut variables = build.variables(scope, on_network);
    variables.extend(resolver.variables("", &task.env, log).await?);
    let run = Run { variables, dir: dir.clone(), ..Run::new(filled, scope) };
    let ran = command::run(build.attempt, log, run).await?;
    Ok((Ended::of(ran.end, &task.command.runner, &task.command.error_codes), ran, dir))
}

/// The first of the paths that is not there.
async fn missing(
    build: &Build<'_>,
    log: &mut StepLog,
    paths: &[Late],
    scope: &Scope,
) -> Result<Option<String>, Ended> {
    let work = build.attempt.work();
    for path in paths {
        let Some(path) = build.resolver(scope, false).text(path, log).await? else { continue };
        let found = work.to_str().and_then(|work| runner::below(work, &path));
        let found = found.ok_or_else(|| Ended::failed(format!("`{path}` is no path below $WORKDIR")))?;
        if !Path::new(&found).exists() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn missing_output(work: &Path, missing: &str, dir: Option<&str>) -> String {
    let dir = dir.map(|dir| dir.trim_end_matches('/')).filter(|dir| work.join(dir).join(missing).exists());
    match dir {
        Some(dir) => format!(
            "its output `{missing}` is missing; `{dir}/{missing}` exists. Paths are relative to $WORKDIR, not to `dir`"
        ),
        None => format!("its output `{missing}` is missing in $WORKDIR{}", hint::what_is_there(work)),
    }
}

/// A hint for a mistake that everybody makes once, and a look around for who asked for one.
async fn help(
    build: &Build<'_>,
    log: &mut StepLog,
    (task, ended): (&Task, &Ended),
    ran: &Ran,
    dir: Option<&str>,
    scope: &Scope,
) -> Result<(), Ended> {
    let attempt = build.attempt;
    if ended.outcome != Outcome::Failed || ran.end.cause.is_some() {
        return Ok(());
    }
    if dir.is_none()
        && let Some(hint) = hint::missed_a_file(&log.tail(), attempt.work(), &task.command)
    {
        attempt.note(log, &hint).await?;
    }
    if let (Some(asked), Some(place)) = (&build.options.on_failure, &ran.place) {
        attempt.tell_held().await?;
        // To look around takes no time of any limit.
        let _held_up = attempt.held_up();
        tokio::select! {
            () = look_around(asked, log.step(), place) => {}
            () = cancelled(scope.cancel.clone()) => {}
            () = attempt.events().closed() => {}
        }
    }
    Ok(())
}

/// Asks somebody to look around where the task ran, and waits until that is done.
async fn look_around(asked: &mpsc::Sender<FailedTask>, step: u32, place: &Prepared) {
    let (done, is_done) = oneshot::channel();
    let (directory, environment) = (place.directory().to_owned(), place.environment().to_vec());
    if asked.send(FailedTask { step, directory, environment, done }).await.is_ok() {
        let _ = is_done.await; // dropped is as good as sent
    }
}
