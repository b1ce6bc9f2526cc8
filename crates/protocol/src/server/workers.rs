//! What a server knows of workers: the newest State of each. It may be stale or lost.

use super::requests::WorkerSeen;
use super::{Now, Server, turn::Intent};
use crate::message::State;
use crate::numbers::{ASK_FRESH_MS, SESSION_NOTE_MS, WORKER_KEPT_MS};
use pikoci_engine::assign::Ask;
use pikoci_engine::facts::WorkerWanted;
use pikoci_engine::part::Part;
use pikoci_plan::id::AttemptId;
use std::collections::{BTreeMap, BTreeSet};

/// The newest State of a worker.
pub(super) struct Known {
    pub(super) state: State,
    pub(super) received_ms: u64,
    /// It has not been judged yet.
    pub(super) fresh: bool,
    /// When the ledger was told of the session.
    pub(super) noted_ms: Option<u64>,
    /// Asks of the session that an attempt has.
    pub(super) taken: BTreeSet<u64>,
    /// When a `Go` or `Cancel` was last repeated.
    pub(super) repeated: BTreeMap<AttemptId, u64>,
}

impl Known {
    /// Whether a newer State offers an ask for builds that does not count already.
    fn gains(&self, newer: &State, now: Now) -> bool {
        let counts = self.received_ms + ASK_FRESH_MS > now.steady_ms && self.state.session == newer.session;
        newer.builds.iter().any(|ask| !counts || !self.state.builds.contains(ask))
    }
}

/// A State's open asks for builds.
pub(super) fn builds(state: &State) -> &[u64] {
    &state.builds
}

/// A State's open asks for checks.
pub(super) fn checks(state: &State) -> &[u64] {
    &state.checks
}

impl Server {
    /// Keeps the newest State of each worker; an older one says nothing.
    pub(super) fn receive_state(&mut self, now: Now, state: State) {
        let before = self.workers.remove(&state.worker);
        let newer = before
            .as_ref()
            .is_none_or(|known| (known.state.session, known.state.n) < (state.session, state.n));
        self.serve |= newer && before.as_ref().is_none_or(|known| known.gains(&state, now));
        let id = state.worker.clone();
        let known = match before {
            Some(known) if !newer => known,
            Some(known) if known.state.session == state.session => {
                Known { state, received_ms: now.steady_ms, fresh: true, ..known }
            }
            _ => Known {
                state,
                received_ms: now.steady_ms,
                fresh: true,
                noted_ms: None,
                taken: BTreeSet::new(),
                repeated: BTreeMap::new(),
            },
        };
        self.workers.insert(id, known);
    }

    /// Forgets the workers that have said nothing for a day.
    pub(super) fn forget_workers(&mut self, now: Now) {
        self.workers.retain(|_, known| known.received_ms + WORKER_KEPT_MS > now.steady_ms);
    }

    /// The workers whose State is new, as far as the ledger is asked about them.
    pub(super) fn fresh_workers(&self) -> Vec<WorkerWanted> {
        let fresh = self.workers.values().filter(|known| known.fresh);
        fresh
            .map(|known| WorkerWanted {
                worker: known.state.worker.clone(),
                session: known.state.session,
                asks: known.state.builds.iter().chain(&known.state.checks).copied().collect(),
                held: known.state.held.clone(),
            })
            .collect()
    }

    /// Tells the ledger of sessions: at their first State, then now and then.
    pub(super) fn note_sessions(&mut self) {
        let Now { steady_ms, wall_ms } = self.turn.now;
        let due = |known: &Known| known.noted_ms.is_none_or(|noted| noted + SESSION_NOTE_MS <= steady_ms);
        for known in self.workers.values_mut().filter(|known| known.fresh && due(known)) {
            known.noted_ms = Some(steady_ms);
            let State { worker, session, n, tags, draining, .. } = known.state.clone();
            let intent = Intent::Session(worker.clone());
            self.turn.push(Part::Session { worker, session, n, tags, draining, at_ms: wall_ms }, intent);
        }
    }

    /// The asks that count as free now.
    pub(super) fn free_asks(&self, now: Now, of: fn(&State) -> &[u64]) -> Vec<Ask> {
        let counts =
            |known: &&Known| known.received_ms + ASK_FRESH_MS > now.steady_ms && !known.state.draining;
        let mut free = Vec::new();
        for Known { state, taken, .. } in self.workers.values().filter(counts) {
            free.extend(of(state).iter().filter(|ask| !taken.contains(ask)).map(|ask| Ask {
                worker: state.worker.clone(),
                session: state.session,
                ask: *ask,
                n: state.n,
                tags: state.tags.clone(),
            }));
        }
        free
    }

    /// The workers, as people are told of them.
    pub(super) fn workers_seen(&self) -> Vec<WorkerSeen> {
        let now = self.turn.now.steady_ms;
        let seen = self.workers.values().map(|Known { state, taken, received_ms, .. }| {
            let free = |asks: &[u64]| asks.iter().filter(|ask| !taken.contains(ask)).count() as u32;
            WorkerSeen {
                worker: state.worker.clone(),
                session: state.session,
                tags: state.tags.clone(),
                draining: state.draining,
                free: free(&state.builds),
                free_checks: free(&state.checks),
                held: state.held.clone(),
                age_ms: now.saturating_sub(*received_ms),
                fresh: received_ms + ASK_FRESH_MS > now,
            }
        });
        seen.collect()
    }

    /// An ask that was thought free gave nothing: ask the ledger again about it, and about its session.
    pub(super) fn doubt(&mut self, ask: &Ask) {
        self.look = true;
        if let Some(known) = self.workers.get_mut(&ask.worker) {
            known.taken.remove(&ask.ask);
            known.noted_ms = None;
            known.fresh = true;
        }
    }

    /// An ask has an attempt.
    pub(super) fn take_ask(&mut self, ask: &Ask) {
        if let Some(known) = self.workers.get_mut(&ask.worker)
            && known.state.session == ask.session
        {
            known.taken.insert(ask.ask);
        }
    }
}
