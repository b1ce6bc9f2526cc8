//! A worker: the protocol's state machine ([`pikoci_protocol::worker`]), the executor and a wire, put together.
//!
//! * `record` what an attempt has produced and the ledger has not: in memory, and on disk when it waits
//! * `compress` log bytes become frames, compressed once
//! * `attempt` one attempt: the executor on one side, its record on the other
//! * `stop` the end of a worker
//! * [`run`] the loop around the machine

mod attempt;
mod clock;
mod compress;
mod record;
mod run;
mod stop;

pub use run::{Config, WorkerError, run};
pub use stop::Stop;
