//! A check: what versions of a resource are there?

mod parse;

use crate::attempt::{Attempt, Deadline};
use crate::environment;
use crate::log::StepLog;
use crate::process::exit::{Cause, End, Exit};
use crate::step::Ended;
use crate::step::command::{self, Run};
use pikoci_plan::event::Event;
use pikoci_plan::plan::CheckPlan;
use pikoci_plan::values::CheckValues;

/// The most that a check may print, in bytes.
const ANSWER_BYTES: usize = 8 << 20;

/// The most lines of its log that an error quotes.
const QUOTED_LINES: usize = 5;

/// The most characters of its log that an error quotes.
const QUOTED_CHARS: usize = 1_000;

/// Runs the check. Its log is that of step 0, which no other event speaks of. Whatever goes wrong is
/// `errored`.
pub(crate) async fn run(attempt: &mut Attempt<'_>, plan: &CheckPlan, values: &CheckValues) -> Ended {
    attempted(attempt, plan, values).await.unwrap_or_else(|ended| ended)
}

async fn attempted(
    attempt: &mut Attempt<'_>,
    plan: &CheckPlan,
    values: &CheckValues,
) -> Result<Ended, Ended> {
    if attempt.is_cancelled() {
        return Err(Ended::cancelled());
    }
    let variables = environment::of_resource(&plan.resource_name, &plan.params, values.newest.as_ref());
    let mut log = StepLog::new(0, attempt.home().settings.log_limit);
    let run = Run {
        command: &plan.check,
        variables,
        dir: None,
        step: 0,
        deadline: Deadline::after(plan.timeout_ms, Cause::StepTimeout),
        answer: Some(ANSWER_BYTES),
    };
    let (end, answer) = command::run(attempt, &mut log, run).await?;
    if let Some(trouble) = trouble(end, &log) {
        return Err(trouble);
    }
    let found = parse::versions(&answer).map_err(|problem| Ended::errored(with_log(&problem, &log)))?;
    attempt.tell(Event::Versions { versions: found.versions, more: found.more }).await?;
    Ok(Ended::well())
}

/// What is wrong with an end, if anything is.
fn trouble(end: End, log: &StepLog) -> Option<Ended> {
    match (end.cause, end.exit) {
        (Some(Cause::Cancelled), _) => Some(Ended::cancelled()),
        (Some(cause), _) => Some(Ended::errored(with_log(&cause.sentence(), log))),
        (None, Exit::Code(0)) => None,
        (None, exit) => Some(Ended::errored(with_log(&exit.sentence(), log))),
    }
}

/// The sentence, and the last that the check said.
fn with_log(sentence: &str, log: &StepLog) -> String {
    let tail = log.tail();
    let lines: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
    let quoted = lines[lines.len().saturating_sub(QUOTED_LINES)..].join(" | ");
    let characters = quoted.chars().count();
    let quoted: String = quoted.chars().skip(characters.saturating_sub(QUOTED_CHARS)).collect();
    if quoted.is_empty() { sentence.to_owned() } else { format!("{sentence}: {quoted}") }
}
