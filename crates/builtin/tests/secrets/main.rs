//! The built-in secret types, each run as an executor would.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may panic")]

#[path = "../fake/mod.rs"]
mod fake;
mod get;
mod real;
mod vault;
