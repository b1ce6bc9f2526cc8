//! The server's side.
//!
//! A server works in turns. What arrived since the last turn goes in ([`Server::receive`], [`Server::request`]); then
//! it says which facts it wants, decides on them, and concludes from what became of the commit:
//!
//! ```text
//! wanted → store.facts → decide → store.commit → conclude → outputs
//! ```
//!
//! All that waits for a turn shares its transaction. Between these calls another server may act; each expectation is
//! checked again by the commit.

mod assign;
mod batches;
mod builds;
mod conclude;
mod judge;
mod leases;
mod requests;
mod turn;
mod workers;

pub use requests::{Answer, Problem, Request, Token, WorkerSeen};

use crate::message::{Batch, ToServer, ToWorker, Values};
use crate::numbers::STATE_MS;
use leases::Leases;
use pikoci_engine::facts::{Facts, Wanted};
use pikoci_engine::part::{Applied, Part};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, IdMaker, WorkerId};
use std::collections::{BTreeMap, VecDeque};
use turn::Turn;
use workers::Known;

/// What time it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a clock that never jumps, since any moment: for all that is waited for.
    pub steady_ms: u64,
    /// Milliseconds since 1970 by a clock that may be set: for what the ledger notes, and for when checks are due.
    pub wall_ms: u64,
}

/// What the surroundings are to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send a message to a worker.
    Send(WorkerId, ToWorker),
    /// Send a `Go` to a worker, with the plan of that hash.
    Go {
        /// The worker.
        worker: WorkerId,
        /// The session of the ask.
        session: u64,
        /// The ask.
        ask: u64,
        /// The attempt.
        attempt: AttemptId,
        /// The hash of the plan.
        plan: String,
        /// What only this build or check knows.
        values: Values,
    },
    /// Send a message to all servers, oneself included.
    Echo(ToServer),
    /// Answer a request.
    Answer(Token, Result<Answer, Problem>),
    /// Something of this build changed.
    Changed(BuildId),
    /// A run of this check ended.
    CheckEnded(CheckId),
    /// So much of this attempt's log is in the tail that a segment is due.
    Seal(AttemptId),
}

/// A server's side of the protocol.
pub struct Server {
    /// What tells it from other servers.
    name: String,
    ids: IdMaker,
    random: Box<dyn FnMut() -> u128 + Send>,
    workers: BTreeMap<WorkerId, Known>,
    inbox: Inbox,
    turn: Turn,
    /// Jobs may be due, or builds pending, that no message tells of.
    look: bool,
    /// A build that waits may be able to start that was not when the queue was last read.
    serve: bool,
    looked_ms: Option<u64>,
    leases: Leases,
    /// By the wall clock.
    next_check_ms: Option<u64>,
    /// The address that `BUILD_URL` begins with.
    base_url: String,
}

/// What arrived since the last turn.
#[derive(Default)]
struct Inbox {
    batches: Vec<Batch>,
    requests: VecDeque<(Token, Request)>,
}

impl Server {
    /// A server that has seen nothing yet. `random` gives 80 bits for ids.
    pub fn new(base_url: String, mut random: Box<dyn FnMut() -> u128 + Send>) -> Self {
        Self {
            name: format!("{:032x}", random()),
            leases: Leases::default(),
            ids: IdMaker::default(),
            random,
            workers: BTreeMap::new(),
            inbox: Inbox::default(),
            turn: Turn::default(),
            look: true,
            serve: true,
            looked_ms: None,
            next_check_ms: None,
            base_url,
        }
    }

    /// A worker says something.
    pub fn receive(&mut self, now: Now, message: ToServer) {
        match message {
            ToServer::State(state) => self.receive_state(now, state),
            ToServer::Echo { server, n } if server == self.name => self.leases.hear(n),
            ToServer::Echo { .. } => {}
            ToServer::Batch(mut batch) => {
                if let Some(state) = batch.state.take() {
                    self.receive_state(now, state);
                }
                self.inbox.batches.push(batch);
            }
        }
    }

    /// Somebody wants something; the answer names the token.
    pub fn request(&mut self, token: Token, request: Request) {
        self.inbox.requests.push_back((token, request));
    }

    /// Whether something waits for a turn.
    pub fn has_work(&self, now: Now) -> bool {
        self.look
            || !self.inbox.batches.is_empty()
            || !self.inbox.requests.is_empty()
            || self.workers.values().any(|known| known.fresh)
            || self.wait_ms(now) == 0
    }

    /// In how many milliseconds a turn is due even if nothing arrives.
    pub fn wait_ms(&self, now: Now) -> u64 {
        let look = self.looked_ms.map_or(0, |looked| (looked + STATE_MS).saturating_sub(now.steady_ms));
        look.min(self.next_check_ms.map_or(u64::MAX, |check| check.saturating_sub(now.wall_ms)))
    }

    /// The facts that a turn needs; it begins here.
    pub fn wanted(&mut self, now: Now) -> Wanted {
        let look = self.look || self.looked_ms.is_none_or(|looked| looked + STATE_MS <= now.steady_ms);
        if look {
            self.looked_ms = Some(now.steady_ms);
            self.forget_workers(now);
        }
        self.look = false;
        self.turn = Turn::begin(now, std::mem::take(&mut self.inbox), look);
        let mut wanted = Wanted { now_ms: now.wall_ms, due_jobs: look, leases: look, ..Wanted::default() };
        wanted.positions = self.turn.batches.iter().map(|batch| batch.attempt.clone()).collect();
        wanted.positions.dedup();
        wanted.workers = self.fresh_workers();
        requests::wanted(&self.turn.requests, &mut wanted);
        let decides = wanted.due_jobs || !wanted.jobs.is_empty();
        if std::mem::take(&mut self.serve) || decides {
            let asks = self.free_asks(now, workers::builds);
            wanted.queue = asks.into_iter().map(|ask| ask.tags).collect();
        }
        wanted.checks = self.free_asks(now, workers::checks).into_iter().map(|ask| ask.tags).collect();
        wanted
    }

    /// What is to be committed, on these facts. The parts' order matters.
    pub fn decide(&mut self, mut facts: Facts) -> Vec<Part> {
        self.next_check_ms = facts.next_check_ms;
        self.note_sessions();
        self.watch_leases(&facts);
        self.judge_workers(&facts);
        self.take_batches(&facts);
        self.tick(&facts);
        self.decide_requests(&facts);
        self.decide_jobs(&facts);
        self.start_builds(std::mem::take(&mut facts.queue), &facts.holds);
        self.start_checks(&facts);
        self.turn.parts()
    }

    /// What follows from what became of the parts.
    pub fn conclude(&mut self, applied: Vec<Applied>) -> Vec<Output> {
        let turn = std::mem::take(&mut self.turn);
        let mut out = turn.outputs;
        for (intent, applied) in turn.intents.into_iter().zip(applied) {
            self.conclude_one(intent, applied, &mut out);
        }
        out
    }

    /// The commit (or reading the facts) failed: nothing of the turn happened. Requests are answered so, batches are
    /// sent again by their workers.
    pub fn fail(&mut self, error: &str) -> Vec<Output> {
        let turn = std::mem::take(&mut self.turn);
        self.look = true;
        self.leases.unsound();
        for known in self.workers.values_mut() {
            known.taken.clear();
            known.noted_ms = None;
            known.fresh = true;
        }
        let waiting = turn.requests.into_iter().map(|(token, _)| token);
        let drafts = turn.drafts.into_iter().filter_map(|draft| draft.token);
        let decided = turn.intents.into_iter().filter_map(turn::Intent::token).chain(drafts);
        let problem = |token| Output::Answer(token, Err(Problem::Unavailable(error.to_owned())));
        // What the facts alone had answered stands.
        let answered = turn.outputs.into_iter().filter(|output| matches!(output, Output::Answer(..)));
        answered.chain(waiting.chain(decided).map(problem)).collect()
    }

    fn id(&mut self, now: Now) -> String {
        self.ids.next(now.wall_ms, (self.random)())
    }
}

#[cfg(test)]
mod tests;
