//! Builds that are made, and what decisions make.

use super::StartBuild;
use crate::cause::Cause;
use crate::facts::Horizon;
use pikoci_plan::id::{BuildId, JobId, ResourceId};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// A build that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateBuild {
    /// Its id.
    pub id: BuildId,
    /// Its job.
    pub job: JobId,
    /// What it is made for.
    pub cause: Cause,
    /// Who wants it; empty for a build that versions make.
    pub by: String,
    /// What its gets take, as far as that is chosen.
    pub inputs: Vec<BuildInput>,
    /// Whether all of them are chosen.
    pub ready: bool,
    /// Resources that are to be checked before the rest is chosen. In the same commit their checks are requested.
    pub needs: Vec<ResourceId>,
    /// Its space: see [`crate::inputs::NextBuild::space`].
    pub space: String,
    /// Whether something in it comes from outside.
    pub untrusted: bool,
    /// Pending builds that end because of it, `cancelled: superseded by #7`.
    pub supersedes: Vec<BuildId>,
    /// Running builds that are cancelled because of it.
    pub interrupts: Vec<BuildId>,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The ask that it may start on at once, if one is free.
    pub start: Option<StartBuild>,
}

/// A build that is to be made with the versions of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Rerun {
    /// Its id.
    pub id: BuildId,
    /// The build whose versions it takes; of a rerun that of its original.
    pub of: BuildId,
    /// The caller's idempotency key.
    pub key: String,
    /// Who wants it.
    pub by: String,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// What one `get` of a build takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildInput {
    /// The name of the step.
    pub name: String,
    /// The resource.
    pub resource: ResourceId,
    /// The resource's name, `type.name`.
    pub resource_name: String,
    /// The row of the version.
    pub version_id: String,
    /// Its place in the resource's order.
    pub order: u64,
    /// The version.
    pub version: Version,
}

/// What a job's decision makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Decide {
    /// The job.
    pub job: JobId,
    /// The `decided` that was read.
    pub decided: u64,
    /// The `changes` that was read: the new `decided`.
    pub changes: u64,
    /// The `brakes` that was read.
    pub brakes: u64,
    /// The builds.
    pub builds: Vec<CreateBuild>,
    /// Builds whose versions can be chosen now: all of their inputs.
    pub resolved: Vec<(BuildId, Vec<BuildInput>)>,
    /// How far it has looked.
    pub horizons: Vec<Horizon>,
    /// Nothing is to be caught up with any more after a pause or a pin.
    pub caught_up: bool,
    /// There was more to decide than was read: the job stays due.
    pub more: bool,
}

/// The versions of a build's gets by the name of the step.
pub fn versions(inputs: &[BuildInput]) -> BTreeMap<String, Version> {
    inputs.iter().map(|input| (input.name.clone(), input.version.clone())).collect()
}
