//! What the API shows of what the ledger has: a type per object. Their documentation is the API's: it stands in the
//! description that is made from them.

mod build;
mod diagnostic;
mod job;
mod log;
mod overview;
mod pipeline;
mod resource;
mod server;
mod step;
mod time;
mod version;
mod why;
mod worker;

pub(super) use build::{Brief, Build};
pub(super) use diagnostic::Diagnostic;
pub(super) use job::Job;
pub(super) use log::LogPiece;
pub(super) use overview::{Overview, Pinned, Resume};
pub(super) use pipeline::{Pipeline, Revision, RevisionText};
pub(super) use resource::{Checked, Requested, Resource};
pub(super) use server::{Alive, Poked, Ready, Version as ServerVersion};
pub(super) use step::Step;
pub(super) use version::Version;
pub(super) use why::{Reason, Why};
pub(super) use worker::Worker;
