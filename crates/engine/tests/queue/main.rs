//! Which pending build starts next, where, and what it holds: a table, and properties over random queues.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod notation;
mod properties;
mod table;
