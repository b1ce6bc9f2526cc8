//! What `pikoci run`, the server and the worker share: [ids](id), [states](status), [plans](plan) and how a
//! pipeline is [compiled](compile) to them, [versions](version), the values of one build ([`values`]) and what
//! an attempt tells ([`event`]).
//!
//! Nothing here reads a clock, a file or a socket.

pub mod compile;
pub mod event;
pub mod id;
pub mod outline;
pub mod plan;
pub mod status;
pub mod values;
pub mod version;

pub use pikoci_lang::{Interruptible, Schedule};
