//! Waiting until a service can be used.

use super::prepared::Prepared;
use crate::build::Build;
use crate::environment::Variables;
use crate::log::StepLog;
use crate::process::exit::{Cause, Exit, duration};
use crate::runner::Filled;
use crate::scope::Scope;
use crate::step::Ended;
use crate::step::command::{self, Run};
use pikoci_plan::plan::ReadyCheck;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The pause between two ready checks that say none: from this, in milliseconds,
const FIRST_PAUSE_MS: u64 = 100;
/// doubling, to this.
const LAST_PAUSE_MS: u64 = 1_000;

/// How long one ready check may take before it is ended and tried again, in milliseconds.
const ONE_CHECK_MS: u64 = 10_000;

/// With what a ready check ends that sees no sense in being tried again: its service has ended, for example.
const HOPELESS: i32 = 125;

/// A ready check that can be run.
pub(super) struct Check<'a> {
    check: &'a ReadyCheck,
    filled: Filled<'a>,
    variables: Variables,
    /// What it says is told only if it never succeeds.
    aside: StepLog,
}

impl<'a> Check<'a> {
    pub(super) async fn new(
        build: &Build<'a>,
        prepared: &Prepared<'a>,
        check: &'a ReadyCheck,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<Self, Ended> {
        let filled = build.filled(&check.command, scope, log).await?;
        let variables = prepared.variables(build, scope, filled.is_on_network());
        Ok(Self { check, filled, variables, aside: log.aside() })
    }

    /// For how long it is tried.
    pub(super) fn timeout_ms(&self) -> u64 {
        self.check.timeout_ms
    }

    /// Tries once. The error is what it said.
    async fn run(&self, build: &Build<'_>, scope: &Scope) -> Result<Result<(), Refusal>, Ended> {
        let mut log = self.aside.aside();
        let within = scope.within(build.attempt, ONE_CHECK_MS, Cause::StepTimeout);
        let run = Run { variables: self.variables.clone(), ..Run::new(self.filled.clone(), &within) };
        let end = command::run(build.attempt, &mut log, run).await?.end;
        Ok(match (end.cause, end.exit) {
            (None, Exit::Code(0)) => Ok(()),
            (None, exit) => {
                let (said, is_last) = (log.quoted(&exit.sentence()), exit == Exit::Code(HOPELESS));
                Err(Refusal { said, is_last, is_cut: false })
            }
            (Some(cause), _) => {
                Err(Refusal { said: log.quoted(&cause.sentence()), is_last: false, is_cut: true })
            }
        })
    }
}

/// What a ready check that did not succeed said.
struct Refusal {
    said: String,
    is_last: bool,
    /// Whether it did not end by itself.
    is_cut: bool,
}

/// Tries until it succeeds, or the scope ends.
pub(super) async fn wait(build: &Build<'_>, check: &Check<'_>, scope: &Scope) -> Ended {
    let mut pauses = pauses(check.check.interval_ms);
    let mut before: Option<String> = None;
    loop {
        let began = Instant::now();
        let refusal = match check.run(build, scope).await {
            Ok(Ok(())) => return Ended::well(),
            Ok(Err(refusal)) => refusal,
            Err(ended) => return ended,
        };
        if refusal.is_last {
            return Ended::errored(format!("it cannot be used; its `ready_check` says: {}", refusal.said));
        }
        let pause = pauses.next().unwrap_or_default();
        tokio::select! {
            biased;
            cause = scope.ends(build.attempt) => {
                // One that the end has cut off had no time to say what is wrong; the one before had.
                let said = before.filter(|_| refusal.is_cut).unwrap_or(refusal.said);
                return given_up(cause, &said);
            }
            () = sleep(pause.saturating_sub(began.elapsed())) => {}
        }
        before = Some(refusal.said);
    }
}

fn given_up(cause: Cause, said: &str) -> Ended {
    match cause {
        Cause::StepTimeout(limit) => {
            let limit = duration(limit);
            Ended::errored(format!("it was not ready within {limit}; its `ready_check` says: {said}"))
        }
        cause => Ended::before(cause),
    }
}

/// From the beginning of one check to that of the next.
fn pauses(interval_ms: u64) -> impl Iterator<Item = Duration> {
    let (first, most) = match interval_ms {
        0 => (FIRST_PAUSE_MS, LAST_PAUSE_MS),
        interval => (interval, interval),
    };
    std::iter::successors(Some(first), move |pause| Some((pause * 2).min(most))).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_unless_the_type_says_one() {
        let some =
            |interval| -> Vec<u128> { pauses(interval).take(6).map(|pause| pause.as_millis()).collect() };
        assert_eq!(some(0), [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(some(2_000), [2_000; 6]);
        assert_eq!(some(10), [10; 6]);
    }
}
