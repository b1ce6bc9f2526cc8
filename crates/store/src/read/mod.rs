//! What people read: pipelines, jobs, builds, resources, and logs.
//!
//! Lists cost what they show, not what there is.

mod builds;
mod jobs;
mod log;
mod members;
mod overview;
mod pipelines;
mod resources;
mod revisions;
mod shape;
mod why;
mod workers;

pub use builds::{Build, BuildPage, CauseKind, Input, InputVersion, Made};
pub use jobs::Job;
pub use log::{LogChunk, LogEvents};
pub use members::{JobName, ResourceName};
pub use overview::{FailingCheck, Overview, PausedThing, Red};
pub use pipelines::Pipeline;
pub use resources::{PinRow, Resource, VersionPage, VersionRow};
pub use revisions::Revision;
pub use shape::{InputShape, JobShape, ResourceShape, Shape};
pub use workers::{Held, Worker};
