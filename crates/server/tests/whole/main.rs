//! A server with a worker in one process, as users of the API see it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod builds;
mod changes;
mod cost;
mod described;
mod health;
mod logs;
mod resources;
mod secrets;
mod setting;
mod steps;
mod system;
