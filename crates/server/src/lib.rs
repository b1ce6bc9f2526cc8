//! A server: the protocol's machine over a ledger ([`core`]), and what people see of it ([`api`]).
//!
//! ```text
//! api ──request──► core (a thread: turns of protocol::server over store) ──► wire ──► workers
//!  ▲                 │ live: who listens to a build is told that it changed
//!  └── store reads ◄─┴ seal: long logs leave the tables
//! ```

pub mod api;
pub mod auth;
pub mod bundle;
mod burst;
pub mod clock;
pub mod core;
mod diff;
mod live;
mod seal;
pub mod set;
pub mod socket;
pub mod webhook;

pub use live::Live;
