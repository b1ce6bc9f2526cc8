//! What a revision of a pipeline is made of.

use crate::facts::Interruptible;
use pikoci_plan::Schedule;
use pikoci_plan::id::{CheckId, JobId, PipelineId, ResourceId};
use std::collections::BTreeMap;

/// A revision of a pipeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetPipeline {
    /// The id for a pipeline that is new.
    pub id: PipelineId,
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub name: String,
    /// The number of the revision that it replaces; 0 if there must be none (or an archived one); `None` replaces any.
    pub expected: Option<u64>,
    /// Who sets it.
    pub by: String,
    /// The text, as it was set.
    pub source: String,
    /// Where its types came from: address and SHA-256 in hex.
    pub sources: Vec<(String, String)>,
    /// The SHA-256 (in hex) of all that it was loaded from, where a server loaded it from its own disk: it is kept as the
    /// one last set from there.
    pub config_hash: Option<String>,
    /// Its jobs, in file order.
    pub jobs: Vec<JobSpec>,
    /// Its resources, in file order.
    pub resources: Vec<ResourceSpec>,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// A job of a revision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobSpec {
    /// The id for a job that is new.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// The plan.
    pub plan: PlanSpec,
    /// Its gets, in written order.
    pub inputs: Vec<InputSpec>,
    /// What a worker must have.
    pub tags: Vec<String>,
    /// Its serial groups, as they are written; `team/x` is one of the whole team.
    pub serial_groups: Vec<String>,
    /// How many of its builds run at once; 0 is no limit.
    pub concurrency: u32,
    /// The name under which instances count together, and how many of their builds run at once.
    pub max_in_flight: Option<(String, u32)>,
    /// Whether a newer build cancels older ones.
    pub interruptible: Interruptible,
    /// Whether a build whose worker is lost is run again, twice at most.
    pub retry: bool,
    /// Whether its builds cannot be run again by hand.
    pub no_rerun: bool,
    /// Its builds would get secrets: versions from outside start none.
    pub trusted_only: bool,
}

/// A compiled plan with its hash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanSpec {
    /// The SHA-256 of `bytes`, in hex.
    pub hash: String,
    /// The plan, encoded.
    pub bytes: Vec<u8>,
    /// What events of its attempts speak of, at the place of its number.
    pub outline: Vec<OutlineRow>,
}

/// A line of a plan's outline, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutlineRow {
    /// Its name.
    pub name: String,
    /// `service`, `get`, `task` …
    pub kind: String,
    /// How deep it stands in other steps; 0 is the job itself.
    pub depth: u32,
}

/// A `get` of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputSpec {
    /// The name of the step.
    pub name: String,
    /// The resource, `type.name`.
    pub resource: String,
    /// Whether new versions start the job.
    pub trigger: bool,
    /// The jobs that a version must have passed.
    pub passed: Vec<String>,
    /// Whether of its versions only the newest counts: `version = "latest"`, or a resource that is a schedule.
    pub latest: bool,
    /// The keys that the version must have, where it is held at one in the text.
    pub pin: Option<BTreeMap<String, String>>,
}

/// A resource of a revision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceSpec {
    /// The id for a resource that is new.
    pub id: ResourceId,
    /// Its name, `type.name`.
    pub name: String,
    /// How it is checked; `None` for a type without `check`.
    pub check: Option<CheckSpec>,
    /// The key of its versions that names their space.
    pub space: Option<String>,
    /// The key of its versions that says that they come from outside.
    pub untrusted: Option<String>,
    /// It triggers nothing: it is checked only when a build needs it.
    pub on_demand: bool,
    /// The name of the stream that it shares with resources of other pipelines of the team.
    pub stream: Option<String>,
}

/// How a resource is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSpec {
    /// The id for a check that is new.
    pub id: CheckId,
    /// What makes two checks the same, hashed. Resources with equal keys share one check.
    pub key: [u8; 32],
    /// The plan; `None` is a schedule that makes versions by itself.
    pub plan: Option<PlanSpec>,
    /// When it is checked.
    pub schedule: Schedule,
    /// What a worker must have.
    pub tags: Vec<String>,
}
