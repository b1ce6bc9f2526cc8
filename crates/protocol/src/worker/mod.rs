//! The worker's side.
//!
//! The machine knows positions and asks, not bytes: what an attempt has produced stands in its record, from which the
//! surroundings make a batch when the machine says so.

mod delivery;

use crate::message::{Go, State, ToWorker};
use crate::numbers::{CAUTION_MS, STATE_MS};
use delivery::Delivery;
use pikoci_plan::id::{AttemptId, WorkerId};
use std::collections::BTreeMap;

/// What a slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Builds.
    Build,
    /// Checks.
    Check,
}

/// What the surroundings are to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a State.
    State(State),
    /// Send the events of an attempt from this position on, as many as fit. An empty batch asks where the ledger stands.
    Batch {
        /// The attempt.
        attempt: AttemptId,
        /// The position.
        from: u64,
    },
    /// Start an attempt.
    Start(Box<Go>),
    /// Make a record of an attempt that was cancelled before it started, with a result that says so.
    Refuse(AttemptId),
    /// End an attempt that runs; its result follows.
    Cancel {
        /// The attempt.
        attempt: AttemptId,
        /// Do not run its hooks.
        skip_hooks: bool,
    },
    /// The ledger has all events before this position.
    Stored {
        /// The attempt.
        attempt: AttemptId,
        /// The position.
        upto: u64,
    },
    /// The ledger has all events before this position and still waits for the result, which was said to stand before it:
    /// say it again, at this position.
    Again {
        /// The attempt.
        attempt: AttemptId,
        /// The position.
        at: u64,
    },
    /// All of an attempt is stored: its record can go.
    Forget(AttemptId),
}

/// A worker's side of the protocol.
#[derive(Debug)]
pub struct Worker {
    id: WorkerId,
    session: u64,
    rebooted: bool,
    n: u64,
    next_ask: u64,
    asks: BTreeMap<u64, Kind>,
    held: BTreeMap<AttemptId, Held>,
    /// The State that has not been answered, and when it was sent.
    unanswered: Option<u64>,
    sent_ms: Option<u64>,
    changed: bool,
    tags: Vec<String>,
    draining: bool,
    /// The first State since one was last answered, and when it was sent.
    probe: Option<(u64, u64)>,
    /// How many of these were answered in this session. After the first the ledger has the session, after the second
    /// all of sessions before is judged.
    rounds: u64,
    /// When the newest of these that was answered was sent, else the first State.
    heard_ms: Option<u64>,
    keeps_used_asks: bool,
}

/// After so many rounds servers have judged all that was given to sessions before.
const JUDGED: u64 = 2;

/// An attempt from its start until all of it is stored.
#[derive(Debug)]
struct Held {
    delivery: Delivery,
    running: bool,
}

impl Worker {
    /// A new session with so many slots. The number after it is for [`Worker::drain`]: no other may have it. `left` are the
    /// attempts of lower sessions that are still to be delivered.
    pub fn new(
        id: WorkerId,
        session: u64,
        rebooted: bool,
        builds: usize,
        checks: usize,
        left: impl IntoIterator<Item = AttemptId>,
    ) -> Self {
        let mut worker = Self {
            id,
            session,
            rebooted,
            n: 0,
            next_ask: 0,
            asks: BTreeMap::new(),
            held: BTreeMap::new(),
            unanswered: None,
            sent_ms: None,
            changed: true,
            tags: Vec::new(),
            draining: false,
            probe: None,
            rounds: 0,
            heard_ms: None,
            keeps_used_asks: false,
        };
        for attempt in left {
            worker.held.insert(attempt, Held { delivery: Delivery::unknown(), running: false });
        }
        let kinds = std::iter::repeat_n(Kind::Build, builds).chain(std::iter::repeat_n(Kind::Check, checks));
        kinds.for_each(|kind| worker.open(kind));
        worker
    }

    /// The same, with what it offers to jobs that ask for it.
    pub fn with_tags(self, tags: Vec<String>) -> Self {
        Self { tags, ..self }
    }

    /// Takes no more work from here on: what is held goes on in a session of its own, the next, which asks for nothing. What
    /// was given to an ask of this one and has not arrived is pending again by that, as after any end of a session.
    pub fn drain(&mut self) {
        if self.draining {
            return;
        }
        self.draining = true;
        self.rebooted &= self.rounds < JUDGED;
        self.session += 1;
        self.n = 0;
        self.asks.clear();
        (self.unanswered, self.probe, self.sent_ms, self.rounds) = (None, None, None, 0);
    }

    /// Whether it drains, nothing is left to be delivered, and no server can have anything for it.
    pub fn is_drained(&self) -> bool {
        self.draining && self.held.is_empty() && self.rounds >= JUDGED
    }

    /// Whether servers have judged all that was given to sessions before this one.
    pub fn is_judged(&self) -> bool {
        self.rounds >= JUDGED
    }

    /// Until when it is certain that no server has given up this session: [`CAUTION_MS`] after the newest State was sent
    /// that has been answered. 0 before the first was sent.
    pub fn sure_until_ms(&self) -> u64 {
        self.heard_ms.map_or(0, |heard| heard + CAUTION_MS)
    }

    /// Whether no server has answered for so long that nothing must begin which must not be done twice.
    pub fn is_cautious(&self, now_ms: u64) -> bool {
        self.sure_until_ms() <= now_ms
    }

    /// Plants a fault: an ask stays open when it is used.
    #[doc(hidden)]
    pub fn keep_used_asks(&mut self) {
        self.keeps_used_asks = true;
    }

    /// A slot is free: the processes before it are gone.
    pub fn free(&mut self, kind: Kind) {
        self.open(kind);
    }

    fn open(&mut self, kind: Kind) {
        self.changed = true;
        if !self.draining {
            self.next_ask += 1;
            self.asks.insert(self.next_ask, kind);
        }
    }

    /// The record of an attempt has events up to this position; `last` is said with its result.
    pub fn produced(&mut self, attempt: &AttemptId, upto: u64, last: bool) {
        if let Some(held) = self.held.get_mut(attempt) {
            held.delivery.produced(upto, last);
            held.running &= !last;
        }
    }

    /// A server says something.
    pub fn receive(&mut self, message: ToWorker, out: &mut Vec<Output>) {
        match message {
            ToWorker::Seen { session, n, ended } => {
                if session != self.session {
                    return;
                }
                self.seen(n);
                for attempt in ended {
                    self.cancel_held(&attempt, true, out);
                }
            }
            ToWorker::Go(go) => self.go(go, out),
            ToWorker::Ack { attempt, upto, ended } => self.ack(&attempt, upto, ended, out),
            ToWorker::Cancel { session, ask, attempt, skip_hooks, ended } => {
                self.cancel(session, ask, &attempt, skip_hooks, ended, out);
            }
        }
    }

    /// A State was answered.
    fn seen(&mut self, n: u64) {
        self.unanswered.take_if(|sent| *sent <= n);
        if let Some((_, sent_ms)) = self.probe.take_if(|(probe, _)| *probe <= n) {
            self.heard_ms = Some(sent_ms);
            self.rounds += 1;
            self.changed |= self.draining && self.rounds < JUDGED;
        }
    }

    /// Starts an attempt, if its ask is open, and closes the ask in the same breath.
    fn go(&mut self, go: Box<Go>, out: &mut Vec<Output>) {
        if go.session != self.session || self.held.contains_key(&go.attempt) && !self.keeps_used_asks {
            return;
        }
        let open = match self.keeps_used_asks {
            true => self.asks.contains_key(&go.ask),
            false => self.asks.remove(&go.ask).is_some(),
        };
        if open {
            self.held.insert(go.attempt.clone(), Held { delivery: Delivery::new(), running: true });
            self.changed = true;
            out.push(Output::Start(go));
        }
    }

    fn ack(&mut self, attempt: &AttemptId, upto: u64, ended: bool, out: &mut Vec<Output>) {
        let Some(held) = self.held.get_mut(attempt) else { return };
        if held.delivery.acknowledged(upto) {
            out.push(Output::Stored { attempt: attempt.clone(), upto: held.delivery.stored() });
        }
        match (held.delivery.is_done(), ended) {
            (true, true) => {
                self.held.remove(attempt);
                self.changed = true;
                out.push(Output::Forget(attempt.clone()));
            }
            (true, false) => out.push(Output::Again { attempt: attempt.clone(), at: held.delivery.stored() }),
            (false, _) => {}
        }
    }

    fn cancel(
        &mut self,
        session: u64,
        ask: u64,
        attempt: &AttemptId,
        skip_hooks: bool,
        ended: bool,
        out: &mut Vec<Output>,
    ) {
        if self.held.contains_key(attempt) {
            return self.cancel_held(attempt, skip_hooks, out);
        }
        let open = if session == self.session { self.asks.remove(&ask) } else { None };
        let Some(kind) = open else { return };
        // Never started, and with its ask gone never will be.
        self.open(kind);
        if !ended {
            self.held.insert(attempt.clone(), Held { delivery: Delivery::new(), running: false });
            out.push(Output::Refuse(attempt.clone()));
        }
    }

    fn cancel_held(&mut self, attempt: &AttemptId, skip_hooks: bool, out: &mut Vec<Output>) {
        if self.held.get(attempt).is_some_and(|held| held.running) {
            out.push(Output::Cancel { attempt: attempt.clone(), skip_hooks });
        }
    }

    /// What is to be sent now. To be called after every input, and at [`Worker::wake_ms`].
    pub fn flush(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        let mut carries_state = false;
        for (attempt, held) in &mut self.held {
            if let Some(from) = held.delivery.due(now_ms) {
                carries_state |= held.delivery.sends_last();
                out.push(Output::Batch { attempt: attempt.clone(), from });
            }
        }
        let due = self.sent_ms.is_none_or(|sent| sent + STATE_MS <= now_ms);
        if due || (self.changed && self.unanswered.is_none() && !carries_state) {
            let state = self.state(now_ms);
            out.push(Output::State(state));
        }
    }

    /// The State as of now, to be sent: by itself, or with the last batch of an attempt.
    pub fn state(&mut self, now_ms: u64) -> State {
        self.n += 1;
        self.changed = false;
        self.unanswered = Some(self.n);
        self.sent_ms = Some(now_ms);
        self.heard_ms.get_or_insert(now_ms);
        // An answer to an old one would say little of now.
        if self.probe.is_none_or(|(_, sent)| sent + CAUTION_MS / 2 <= now_ms) {
            self.probe = Some((self.n, now_ms));
        }
        self.peek()
    }

    /// The State as it stands, not to be sent.
    pub fn peek(&self) -> State {
        let open = |kind| self.asks.iter().filter(|(_, of)| **of == kind).map(|(ask, _)| *ask).collect();
        State {
            worker: self.id.clone(),
            session: self.session,
            n: self.n,
            builds: open(Kind::Build),
            checks: open(Kind::Check),
            held: self.held.keys().cloned().collect(),
            rebooted: self.rebooted,
            tags: self.tags.clone(),
            draining: self.draining,
        }
    }

    /// Whether the next batch of this attempt is its last, as far as is known: the State rides with it.
    pub fn sends_last(&self, attempt: &AttemptId) -> bool {
        self.held.get(attempt).is_some_and(|held| held.delivery.sends_last())
    }

    /// When [`Worker::flush`] has something to do even if nothing happens.
    pub fn wake_ms(&self) -> u64 {
        let state = self.sent_ms.map_or(0, |sent| sent + STATE_MS);
        self.held.values().filter_map(|held| held.delivery.wake_ms()).fold(state, u64::min)
    }

    /// The attempts that it holds.
    pub fn held(&self) -> impl Iterator<Item = &AttemptId> {
        self.held.keys()
    }
}

#[cfg(test)]
mod tests;
