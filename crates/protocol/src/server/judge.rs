//! A State newer than the one an attempt was given on judges that attempt.
//!
//! | in the ledger | the State says | then |
//! | --- | --- | --- |
//! | running | ask open | `Go` again; if somebody wants it cancelled, `Cancel` |
//! | running | held | nothing, or `Cancel` if somebody wants it cancelled |
//! | running | neither | lost |
//! | ended | held | named in `Seen`: the worker kills it and delivers its log |
//! | ended | ask open | `Cancel`: the worker replaces the ask |
//! | ended | neither | its processes are gone: its holds are free |
//!
//! A higher session judges the attempts of lower ones: one that is held will be delivered; one that is not never
//! started, unless the machine was started anew and the worker may have forgotten it.

use super::turn::{Intent, PendingGo};
use super::workers::Known;
use super::{Output, Server};
use crate::message::{State, ToWorker, Values};
use crate::numbers::REPEAT_MS;
use pikoci_engine::assign::Ask;
use pikoci_engine::facts::{AttemptFacts, AttemptOf, CancelWish, Facts};
use pikoci_engine::part::{Fate, Part};
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_plan::values::CheckValues;

/// What a State says of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Open,
    Held,
    Neither,
    /// It is of a session before, and not held.
    Gone,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    GoAgain,
    /// `Cancel`; the ledger waits for a result.
    Cancel,
    /// `Cancel`; the ledger does not wait.
    ReplaceAsk,
    NameInSeen,
    Lose(Fate),
    Release,
}

/// The table.
pub(super) fn verdict(attempt: &AttemptFacts, says: Says, state: &State) -> Verdict {
    let wanted = attempt.cancel == CancelWish::No;
    match (attempt.running, says) {
        (true, Says::Open) if wanted => Verdict::GoAgain,
        (true, Says::Held) if wanted => Verdict::Nothing,
        (true, Says::Open | Says::Held) => Verdict::Cancel,
        (true, Says::Neither) => Verdict::Lose(Fate::Lost),
        (true, Says::Gone) if state.rebooted => Verdict::Lose(Fate::Lost),
        (true, Says::Gone) => Verdict::Lose(Fate::Again),
        (false, Says::Held) => Verdict::NameInSeen,
        (false, Says::Open) => Verdict::ReplaceAsk,
        (false, Says::Neither | Says::Gone) if attempt.released => Verdict::Nothing,
        (false, Says::Neither | Says::Gone) => Verdict::Release,
    }
}

/// What the State says of the attempt, or nothing if it is not newer than the State that the attempt was given on.
pub(super) fn says(state: &State, attempt: &AttemptFacts) -> Option<Says> {
    if (state.session, state.n) <= (attempt.session, attempt.n) {
        return None;
    }
    Some(if state.held.contains(&attempt.attempt) {
        Says::Held
    } else if attempt.session < state.session {
        Says::Gone
    } else if state.builds.contains(&attempt.ask) || state.checks.contains(&attempt.ask) {
        Says::Open
    } else {
        Says::Neither
    })
}

impl Server {
    /// Judges what the ledger has of each worker whose State is new, and answers the State.
    pub(super) fn judge_workers(&mut self, facts: &Facts) {
        let fresh: Vec<_> =
            self.workers.iter().filter(|(_, known)| known.fresh).map(|(id, _)| id.clone()).collect();
        for worker in fresh {
            let Some(mut known) = self.workers.remove(&worker) else { continue };
            known.fresh = false;
            let mut ended = Vec::new();
            for attempt in facts.attempts.iter().filter(|attempt| attempt.worker == worker) {
                if attempt.session == known.state.session {
                    known.taken.insert(attempt.ask);
                }
                self.judge(&mut known, attempt, &mut ended);
            }
            known.taken.retain(|ask| known.state.builds.contains(ask) || known.state.checks.contains(ask));
            let held = &known.state.held;
            known.repeated.retain(|attempt, _| {
                held.contains(attempt) || facts.attempts.iter().any(|of| of.attempt == *attempt)
            });
            let (session, n) = (known.state.session, known.state.n);
            self.turn.outputs.push(Output::Send(worker.clone(), ToWorker::Seen { session, n, ended }));
            self.workers.insert(worker, known);
        }
    }

    fn judge(&mut self, known: &mut Known, attempt: &AttemptFacts, ended: &mut Vec<AttemptId>) {
        let Some(says) = says(&known.state, attempt) else { return };
        match verdict(attempt, says, &known.state) {
            Verdict::Nothing => {}
            Verdict::Release => {
                let at_ms = self.turn.now.wall_ms;
                self.turn.push(Part::Release { attempt: attempt.attempt.clone(), at_ms }, Intent::Touch);
            }
            Verdict::NameInSeen => ended.push(attempt.attempt.clone()),
            Verdict::Lose(fate) => {
                let at_ms = self.turn.now.wall_ms;
                let part = Part::Lose { attempt: attempt.attempt.clone(), fate, released: true, at_ms };
                self.turn.push(part, Intent::Lose { build: build_of(attempt) });
            }
            repeated => {
                let last = known.repeated.get(&attempt.attempt);
                if last.is_some_and(|last| last + REPEAT_MS > self.turn.now.steady_ms) {
                    return;
                }
                known.repeated.insert(attempt.attempt.clone(), self.turn.now.steady_ms);
                let output = match repeated {
                    Verdict::GoAgain => self.go_again(attempt),
                    other => cancel(attempt, other == Verdict::ReplaceAsk),
                };
                self.turn.outputs.push(output);
            }
        }
    }

    fn go_again(&self, attempt: &AttemptFacts) -> Output {
        let ask = Ask {
            worker: attempt.worker.clone(),
            session: attempt.session,
            ask: attempt.ask,
            n: attempt.n,
            tags: Vec::new(),
        };
        let values = match &attempt.of {
            AttemptOf::Build(info, build) => Values::Build(self.build_values(info, build)),
            AttemptOf::Check(check) => Values::Check(CheckValues { newest: check.newest.clone() }),
        };
        PendingGo { ask, attempt: attempt.attempt.clone(), plan: attempt.plan.clone(), values }.output(None)
    }
}

fn cancel(attempt: &AttemptFacts, ended: bool) -> Output {
    let message = ToWorker::Cancel {
        session: attempt.session,
        ask: attempt.ask,
        attempt: attempt.attempt.clone(),
        skip_hooks: attempt.cancel == CancelWish::SkipHooks,
        ended,
    };
    Output::Send(attempt.worker.clone(), message)
}

fn build_of(attempt: &AttemptFacts) -> Option<BuildId> {
    match &attempt.of {
        AttemptOf::Build(_, build) => Some(build.build.clone()),
        AttemptOf::Check(_) => None,
    }
}
