//! What a decision reads.

use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, ResourceId, WorkerId};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// What a decision wants to know. Cost depends on what is named here, not on how much history there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Jobs by id: their inputs, and the builds of theirs whose versions are still to be chosen.
    pub jobs: Vec<JobId>,
    /// All jobs that are due: something that their decision reads has changed since it was made.
    pub due_jobs: bool,
    /// The oldest pending builds that could start, at most this many.
    pub pending: usize,
    /// The checks that are due at `now_ms`, at most this many, and when the next one is.
    pub checks: usize,
    /// Milliseconds since 1970, for `checks`.
    pub now_ms: u64,
    /// What the ledger knows of the attempts of these workers.
    pub workers: Vec<WorkerWanted>,
    /// Where attempts stand whose events arrived.
    pub positions: Vec<AttemptId>,
    /// Builds by id, with the attempt that has them.
    pub builds: Vec<BuildId>,
}

impl Wanted {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self { now_ms: self.now_ms, ..Self::default() }
    }
}

/// A worker's State, as far as the ledger is asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerWanted {
    /// The worker.
    pub worker: WorkerId,
    /// Its session.
    pub session: u64,
    /// The asks that it says are open.
    pub asks: Vec<u64>,
    /// The attempts that it says it holds.
    pub held: Vec<AttemptId>,
}

/// What the ledger knows, at one point in time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The jobs that were asked for or are due.
    pub jobs: BTreeMap<JobId, JobFacts>,
    /// The oldest pending builds that could start, oldest first.
    pub pending: Vec<PendingBuild>,
    /// The checks that are due, the longest overdue first.
    pub due_checks: Vec<DueCheck>,
    /// When the next check is due that is not yet (milliseconds since 1970).
    pub next_check_ms: Option<u64>,
    /// The attempts of the workers that were asked for: all that are running, and those ended ones that stand
    /// on an ask or in a hold that was named.
    pub attempts: Vec<AttemptFacts>,
    /// Where attempts stand; unknown ones are missing.
    pub positions: BTreeMap<AttemptId, AttemptPosition>,
    /// The builds that were asked for; unknown ones are missing.
    pub builds: BTreeMap<BuildId, BuildFacts>,
}

/// What the decision of a job reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// How often something that its decision reads has changed.
    pub changes: u64,
    /// The value of `changes` that the newest decision read.
    pub decided: u64,
    /// The job is in the pipeline's current revision.
    pub active: bool,
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's name.
    pub name: String,
    /// The hash of its plan.
    pub plan: String,
    /// Its gets, in written order.
    pub inputs: Vec<InputFacts>,
    /// Pending builds whose versions could not be chosen when they were made, oldest first.
    pub unresolved: Vec<BuildId>,
}

/// What is known of one `get` of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFacts {
    /// The name of the step.
    pub name: String,
    /// The resource's id.
    pub resource: ResourceId,
    /// The resource's name, `type.name`.
    pub resource_name: String,
    /// Whether its new versions start the job.
    pub trigger: bool,
    /// Whether it has `passed`.
    pub passed: bool,
    /// The newest version of the resource.
    pub newest: Option<Stored>,
    /// The mark: the newest version that the job has taken.
    pub mark: Option<Stored>,
    /// The versions above the mark that no build of the job has taken, oldest first, at most
    /// [`NEXT_VERSIONS`]. Only of triggering inputs that have a mark.
    pub next: Vec<Stored>,
}

/// The most versions of [`InputFacts::next`]. A job with more is due again after its decision.
pub const NEXT_VERSIONS: usize = 100;

/// A version as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The row's id.
    pub id: String,
    /// Its place in the resource's order.
    pub order: u64,
    /// The version.
    pub version: Version,
}

/// A build that could start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBuild {
    /// The build.
    pub build: BuildId,
    /// Its number within the job.
    pub number: u64,
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's name.
    pub job: String,
    /// The hash of the plan that the job has now; `None` once the job is gone from the pipeline.
    pub plan: Option<String>,
    /// The versions that its gets take, by the name of the step.
    pub inputs: BTreeMap<String, Version>,
}

/// A check that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCheck {
    /// The check.
    pub check: CheckId,
    /// The number that this run of it gets.
    pub number: u64,
    /// The hash of its plan.
    pub plan: String,
    /// The newest version known.
    pub newest: Option<Version>,
}

/// An attempt, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFacts {
    /// The attempt.
    pub attempt: AttemptId,
    /// Who has it.
    pub worker: WorkerId,
    /// In which of its sessions.
    pub session: u64,
    /// On which ask.
    pub ask: u64,
    /// The number of the State that the ask stood in.
    pub n: u64,
    /// What it works on.
    pub of: AttemptOf,
    /// Whether it has not ended.
    pub running: bool,
    /// What somebody wishes of it.
    pub cancel: CancelWish,
}

/// What an attempt works on, with all that a second `Go` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOf {
    /// A build.
    Build(PendingBuild),
    /// A check.
    Check(DueCheck),
}

/// Whether somebody wants a build cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CancelWish {
    /// Nobody does.
    #[default]
    No,
    /// Cancel it; its hooks run.
    Cancel,
    /// Cancel it and skip its hooks.
    SkipHooks,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptPosition {
    /// How many of its events the ledger has.
    pub position: u64,
    /// Whether it has not ended.
    pub running: bool,
    /// What it works on.
    pub of: AttemptTarget,
}

/// What an attempt works on, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptTarget {
    /// A build.
    Build(BuildId),
    /// A check.
    Check(CheckId),
}

/// A build, as far as acting on it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFacts {
    /// Whether it has ended.
    pub ended: bool,
    /// The attempt that has it: worker, session, ask, attempt.
    pub attempt: Option<(WorkerId, u64, u64, AttemptId)>,
    /// What somebody wishes of it.
    pub cancel: CancelWish,
}
