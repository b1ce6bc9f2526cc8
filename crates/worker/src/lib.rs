//! A worker: the protocol's state machine ([`pikoci_protocol::worker`]), the executor and a wire, put together.
//!
//! * `record` what an attempt has produced and the ledger has not: in memory, and on disk when it waits
//! * `compress` log bytes become frames, compressed once
//! * `attempt` one attempt: the executor on one side, its record on the other
//! * [`run`] the loop around the machine

mod attempt;
mod clock;
mod compress;
mod record;
mod run;

pub use run::{Config, WorkerError, run};
