//! A check: what versions of a resource are there?

pub(crate) mod parse;

use crate::attempt::Attempt;
use crate::cache;
use crate::environment;
use crate::log::StepLog;
use crate::process::exit::{Cause, End, Exit};
use crate::resolve::Resolver;
use crate::scope::Scope;
use crate::secret::{Given, Secrets};
use crate::step::Ended;
use crate::step::command::{self, Run};
use crate::step::hint::missed_our_binary;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{CheckPlan, Command};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::CheckValues;
use std::cell::RefCell;

/// The most that a check may print, in bytes.
const ANSWER_BYTES: usize = 8 << 20;

/// The most bytes of a check's log that are kept, however long a step's may be: it is repeated each minute.
const LOG_BYTES: u64 = 1 << 20;

/// Runs the check. Its log is that of step 0, which no other event speaks of. Whatever goes wrong is
/// `errored`.
pub(crate) async fn run<'a>(
    attempt: &'a Attempt<'a>,
    plan: &'a CheckPlan,
    values: &CheckValues,
    given: &'a Given,
) -> Ended {
    let ended = attempted(attempt, plan, values, given).await.unwrap_or_else(|ended| ended);
    match ended.outcome {
        Outcome::Failed => Ended { outcome: Outcome::Errored, ..ended },
        _ => ended,
    }
}

async fn attempted<'a>(
    attempt: &'a Attempt<'a>,
    plan: &'a CheckPlan,
    values: &CheckValues,
    given: &'a Given,
) -> Result<Ended, Ended> {
    let scope = Scope::of(attempt).within(attempt, plan.timeout_ms, Cause::StepTimeout);
    if let Some(cause) = scope.ended_by(attempt) {
        return Err(Ended::before(cause));
    }
    let (secrets, known) = (Secrets::new(attempt, &plan.secrets, given), RefCell::default());
    let resolver = Resolver { attempt, secrets: &secrets, known: &known, scope: &scope, on_network: false };
    let mut log = StepLog::new(0, attempt.home().settings.log_limit.min(LOG_BYTES), attempt.masker.clone());
    let params = resolver.variables("param_", &plan.resource.params, &mut log).await?;
    let filled = resolver.filled(&plan.check, &mut log).await?;
    let cache = match plan.resource.cache {
        true => Some(cache::hold(attempt, &mut log, &plan.resource, &params, &scope).await?),
        false => None,
    };
    let run = Run {
        variables: environment::of_resource(&plan.resource.name, params, values.newest.as_ref()),
        answer: Some(ANSWER_BYTES),
        cache: cache.as_ref().map(|held| held.path.clone()),
        ..Run::new(filled, &scope)
    };
    let ran = command::run(attempt, &mut log, run).await?;
    if let Some(trouble) = trouble(ran.end, &plan.check, &log) {
        return Err(trouble);
    }
    let found = parse::versions(&ran.answer, values.newest.as_ref(), &|text| attempt.mask(text))
        .map_err(|problem| Ended::errored(log.quoted(&problem)))?;
    attempt.tell(Event::Versions { versions: found.versions, more: found.more }).await?;
    Ok(Ended::well())
}

/// What is wrong with an end, if anything is.
fn trouble(end: End, check: &Command, log: &StepLog) -> Option<Ended> {
    match (end.cause, end.exit) {
        (Some(cause @ (Cause::Cancelled | Cause::Stopped)), _) => Some(Ended::before(cause)),
        (Some(cause), _) => Some(Ended::errored(log.quoted(&cause.sentence()))),
        (None, Exit::Code(0)) => None,
        (None, exit) => {
            let hint = missed_our_binary(check, exit);
            Some(Ended::errored(log.quoted(&format!("{}{hint}", exit.sentence()))))
        }
    }
}
