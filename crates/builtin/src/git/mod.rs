//! The resource type `git`. It runs the `git` program, as few times as it can.
//!
//! - [`address`]: what the parameter `url` may be;
//! - [`watch`]: what is watched: a branch, or many lines of work, or tags;
//! - [`access`]: how credentials reach git;
//! - [`program`]: git itself;
//! - [`refs`], [`store`], [`history`]: what is there, fetched, and read;
//! - [`check`], [`pull`], [`push`]: the commands.

mod access;
mod address;
mod check;
mod credential;
mod filter;
mod forge;
mod history;
mod kept;
mod local;
mod log;
mod memo;
mod program;
mod pull;
mod push;
mod refs;
mod spaces;
mod store;
mod tags;
mod tips;
mod version;
mod watch;

pub(crate) use check::check;
pub(crate) use credential::credential;
pub(crate) use pull::pull;
pub(crate) use push::push;
