//! Runs one plan on this host: processes, their log, their end.
//!
//! The way of an attempt: a [`Home`] is opened, a [`Slot`] of it taken, [`execute`] called with the work and
//! a channel; events come out of the channel, the last of them the one result. After the last event is
//! acknowledged, [`Slot::clear`] forgets the attempt.
//!
//! - `home/`: the work directory, its lock, its record, and sweeping what an earlier owner left
//! - `lane`: the thread of a slot, on which all this happens
//! - `execute`, `build`, `check`, `step/`: what an attempt does, from the outside in
//! - `runner/`, `environment`: what exactly is started
//! - `process/`: starting, following, finding and ending processes
//! - `files/`: directories found empty, emptied, copied
//!
//! Linux only: it needs pidfds (5.3), `/proc`, and child subreapers.

#[cfg(not(target_os = "linux"))]
compile_error!("pikoci runs builds on Linux only");

mod attempt;
mod build;
mod cache;
mod check;
mod clock;
mod count;
mod environment;
mod execute;
mod files;
mod home;
mod knowledge;
mod lane;
mod log;
mod options;
mod output_file;
mod process;
mod resolve;
mod runner;
mod scope;
mod secret;
mod service;
mod settings;
mod step;

pub use clock::steady_ms;
pub use count::{Counters, counters};
pub use execute::{Cancel, Executed, Work, execute, execute_to};
pub use home::{Home, HomeError, Slot, Swept};
pub use options::{FailedTask, Options};
pub use secret::Given;
pub use settings::Settings;
