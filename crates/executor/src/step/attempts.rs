//! `attempts`, `backoff`, `timeout`: a step that failed or errored is tried again, each try within its limit.

use super::{Ended, act, caution};
use crate::build::Build;
use crate::process::exit::{Cause, duration};
use crate::scope::Scope;
use pikoci_plan::plan::Step;
use pikoci_plan::status::Outcome;
use std::time::Duration;
use tokio::time::sleep;

/// The longest pause between two tries, in milliseconds.
const LONGEST_MS: u64 = 5 * 60_000;

/// Tries the step until it succeeds, or as often as it says.
pub(super) async fn run(build: &Build<'_>, step: &Step, scope: &Scope) -> Ended {
    let mut pauses = pauses(step.attempts, step.backoff_ms);
    loop {
        let mut log = build.log(step.id);
        let ended = match caution::wait(build, step, scope, &mut log).await {
            Ok(()) => {
                let within = scope.within(build.attempt, step.timeout_ms, Cause::StepTimeout);
                act(build, step, &within, &mut log).await
            }
            Err(ended) => ended,
        };
        let again = matches!(ended.outcome, Outcome::Failed | Outcome::Errored)
            && scope.ended_by(build.attempt).is_none();
        let Some((number, pause)) = pauses.next().filter(|_| again) else {
            // Nothing more is to come, unless a step around this one is tried again.
            build.put_away(log);
            return ended;
        };
        let told = build.attempt.note(&mut log, &retry(&ended, number, step.attempts, pause)).await;
        build.put_away(log);
        if let Err(deaf) = told {
            return deaf.into();
        }
        tokio::select! {
            () = sleep(pause) => {}
            cause = scope.ends(build.attempt) => return Ended::before(cause),
        }
    }
}

fn retry(ended: &Ended, number: u32, attempts: u32, pause: Duration) -> String {
    let why = ended.message.as_deref().unwrap_or(ended.status());
    let when = if pause.is_zero() { "now".to_owned() } else { format!("in {}", duration(pause)) };
    format!("{why}; try {number} of {attempts} follows {when}")
}

/// The number of each further try, and the pause before it.
fn pauses(attempts: u32, backoff_ms: u64) -> impl Iterator<Item = (u32, Duration)> {
    let pause = move |number: u32| {
        let factor = 1_u64.checked_shl(number - 2).unwrap_or(u64::MAX);
        Duration::from_millis(backoff_ms.saturating_mul(factor).min(LONGEST_MS.max(backoff_ms)))
    };
    (2..=attempts).map(move |number| (number, pause(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let seconds = |attempts, backoff| -> Vec<u64> {
            pauses(attempts, backoff).map(|(_, pause)| pause.as_secs()).collect()
        };
        assert_eq!(seconds(4, 1_000), [1, 2, 4]);
        assert_eq!(seconds(4, 120_000), [120, 240, 300]);
        assert_eq!(seconds(3, 600_000), [600, 600]);
        assert_eq!(seconds(3, 0), [0, 0]);
        assert!(seconds(1, 1_000).is_empty() && seconds(0, 1_000).is_empty());
        assert_eq!(seconds(100, 1_000).last(), Some(&300));
    }
}
