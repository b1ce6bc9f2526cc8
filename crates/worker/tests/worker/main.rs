//! The worker, whole, with a server that is only pretended: what servers see and what the host does.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

mod bed;
mod disk;
mod drain;
mod lost;
mod server;
