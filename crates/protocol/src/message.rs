//! What servers and workers say to each other.

use pikoci_plan::event::Event;
use pikoci_plan::id::{AttemptId, WorkerId};
use pikoci_plan::values::{BuildValues, CheckValues};
use serde::{Deserialize, Serialize};

/// From a worker to all servers, or to the one that last answered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToServer {
    /// What the worker is and has.
    State(State),
    /// Events of one attempt.
    Batch(Batch),
    /// What a server says to itself, to know that the wire carries its messages.
    Echo {
        /// Which server.
        server: String,
        /// Counts its echoes.
        n: u64,
    },
}

/// A worker's whole state in one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The worker.
    pub worker: WorkerId,
    /// One start of it; a higher number ends the lower ones.
    pub session: u64,
    /// Counts the States of the session.
    pub n: u64,
    /// Open asks for builds.
    pub builds: Vec<u64>,
    /// Open asks for checks.
    pub checks: Vec<u64>,
    /// The attempts that it holds: from their start until their last batch is acknowledged, also those of lower
    /// sessions.
    pub held: Vec<AttemptId>,
    /// The machine was started anew since the session before: what that one held may be forgotten.
    pub rebooted: bool,
    /// What it offers to jobs that ask for it.
    pub tags: Vec<String>,
    /// It takes no more work.
    pub draining: bool,
}

/// A run of events of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Who answers are for.
    pub worker: WorkerId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The position of the first event. An empty batch only asks where the ledger stands.
    pub from: u64,
    /// The events.
    pub events: Vec<Event>,
    /// With the last batch of an attempt comes the State after it.
    pub state: Option<State>,
}

/// From a server to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToWorker {
    /// A State has arrived.
    Seen {
        /// The session of the State.
        session: u64,
        /// Its number.
        n: u64,
        /// Attempts that the State says are held and that have ended in the ledger: kill them, deliver their logs.
        ended: Vec<AttemptId>,
    },
    /// Start an attempt on an ask.
    Go(Box<Go>),
    /// Where the ledger stands with an attempt.
    Ack {
        /// The attempt.
        attempt: AttemptId,
        /// All events before this position are stored.
        upto: u64,
        /// The ledger waits for no result of it. Positions do not say so: what a killed session had sent may have been
        /// stored where the session after it puts the result.
        ended: bool,
    },
    /// End an attempt, or, where it was never started, replace its ask.
    Cancel {
        /// The session of the ask.
        session: u64,
        /// The ask.
        ask: u64,
        /// The attempt.
        attempt: AttemptId,
        /// Do not run its hooks.
        skip_hooks: bool,
        /// The ledger does not wait for a result: replace the ask and say nothing.
        ended: bool,
    },
}

/// An attempt for an ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go {
    /// The session of the ask.
    pub session: u64,
    /// The ask.
    pub ask: u64,
    /// The attempt.
    pub attempt: AttemptId,
    /// The hash of the plan, by which a worker may know it already.
    pub plan_hash: String,
    /// The plan, encoded.
    #[serde(with = "serde_bytes")]
    pub plan: Vec<u8>,
    /// What only this build or check knows.
    pub values: Values,
}

/// What only one build or check knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Values {
    /// Of a build.
    Build(BuildValues),
    /// Of a check.
    Check(CheckValues),
}
