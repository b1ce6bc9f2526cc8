//! The client of the API: finds the server, asks it, and reads what it says.

pub(crate) mod args;
mod discover;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod finding;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod path;
pub(crate) mod patience;
mod problem;
pub(crate) mod sse;
mod target;
mod wire;

pub(crate) use http::Client;

use crate::failure::Failure;
use std::future::Future;

/// Runs a command's future on this thread. A client waits for one server, so a runtime with threads would
/// only make it start later.
///
/// # Errors
/// Those of the future; that the system gives no event queue.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::errored(format!("cannot start: {error}")))?
        .block_on(work)
}
