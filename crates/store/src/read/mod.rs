//! What people read: pipelines, jobs, builds, resources, and logs.
//!
//! Lists cost what they show, not what there is.

mod builds;
mod config;
mod jobs;
mod log;
mod pipelines;
mod resources;
mod revisions;

pub use builds::{Build, BuildPage, CauseKind, Input, InputVersion, Made};
pub use jobs::Job;
pub use log::{LogChunk, LogEvents};
pub use pipelines::Pipeline;
pub use resources::{PinRow, Resource, VersionRow};
pub use revisions::Revision;
