//! What people read: pipelines, jobs, builds, resources, and logs.
//!
//! Lists cost what they show, not what there is.

mod builds;
mod config;
mod log;
mod pipelines;

pub use builds::{Build, BuildPage, Input, InputVersion, Made};
pub use log::{LogChunk, LogEvents};
pub use pipelines::{Job, Pipeline, Resource, VersionRow};
