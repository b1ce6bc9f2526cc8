//! The built-in resource type `git`: its commands, run with the real `git` as an executor would.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod branch;
mod command;
mod hostile;
mod pull;
mod repository;
