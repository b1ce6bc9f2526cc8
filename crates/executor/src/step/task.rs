//! `task`: runs a command.

use super::command::{self, Run};
use super::{Ended, hint};
use crate::attempt::{Attempt, Deadline};
use crate::environment::Variables;
use crate::log::StepLog;
use crate::process::exit::judge;
use pikoci_plan::event::Event;
use pikoci_plan::plan::Task;
use pikoci_plan::status::Outcome;

/// Runs the task. `variables` are what the build knows so far; what the task itself sets wins.
pub(crate) async fn run(
    attempt: &mut Attempt<'_>,
    log: &mut StepLog,
    (step, task): (u32, &Task),
    mut variables: Variables,
    deadline: Option<Deadline>,
) -> Result<Ended, Ended> {
    variables.extend(task.env.clone());
    let dir = task.dir.as_deref();
    let run = Run { command: &task.command, variables, dir, step, deadline, answer: None };
    let (end, _) = command::run(attempt, log, run).await?;
    let (outcome, message) = judge(end, &task.command.runner, &task.command.error_codes);
    if outcome == Outcome::Failed
        && end.cause.is_none()
        && dir.is_none()
        && let Some(hint) = hint::missed_a_file(&log.tail(), attempt.work())
    {
        attempt.tell(Event::Log(log.note(&hint))).await?;
    }
    Ok(Ended { outcome, message })
}
