//! What a decision reads.

use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, PipelineId, ResourceId, WorkerId};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

pub use pikoci_plan::Interruptible;

/// What a decision wants to know. Cost depends on what is named here, not on how much history there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Jobs by id: their inputs, and the builds of theirs whose versions are still to be chosen.
    pub jobs: Vec<JobId>,
    /// All jobs that are due: something that their decision reads has changed since it was made.
    pub due_jobs: bool,
    /// The queue, for asks that offer these tags: of each job that may run the oldest pending builds that are ready, at most
    /// as many as there are asks for it. A job that none of them is for is left out, unless builds of it are to end.
    pub queue: Vec<Vec<String>>,
    /// The checks that are due at `now_ms`, for asks that offer these tags: at most as many as there are asks.
    pub checks: Vec<Vec<String>>,
    /// Milliseconds since 1970, for `checks` and for ticks.
    pub now_ms: u64,
    /// What the ledger knows of the attempts of these workers.
    pub workers: Vec<WorkerWanted>,
    /// Where attempts stand whose events arrived.
    pub positions: Vec<AttemptId>,
    /// Builds by id, with the attempt that has them.
    pub builds: Vec<BuildId>,
    /// Versions by the id of their row. Of `jobs` also the upstream builds that hold them.
    pub versions: Vec<String>,
    /// Whose leases stand, and attempts whose processes may still be there.
    pub leases: bool,
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
    /// More jobs are due than these.
    pub more_due: bool,
    /// The jobs that have pending builds that are ready, as far as they are wanted, in no order.
    pub queue: Vec<QueuedJob>,
    /// Who has each of the holds that jobs of `jobs` and `queue` name.
    pub holds: BTreeMap<String, Holder>,
    /// The checks that are due, the longest overdue first.
    pub due_checks: Vec<DueCheck>,
    /// The schedules whose time has come: each makes a version, without a worker. At most 100.
    pub due_ticks: Vec<DueTick>,
    /// When the next check or tick is due that is not yet (milliseconds since 1970).
    pub next_check_ms: Option<u64>,
    /// The attempts of the workers that were asked for: all that are running or not released, and those ended ones
    /// that stand on an ask or in a list of held ones that was named.
    pub attempts: Vec<AttemptFacts>,
    /// Where attempts stand; unknown ones are missing.
    pub positions: BTreeMap<AttemptId, AttemptPosition>,
    /// The builds that were asked for; unknown ones are missing.
    pub builds: BTreeMap<BuildId, BuildFacts>,
    /// The versions that were asked for by id; unknown ones are missing.
    pub versions: BTreeMap<String, Stored>,
    /// Sessions whose lease stands. Only where leases are wanted.
    pub leases: Vec<Lease>,
    /// Attempts that have ended without a word that their processes are gone. Only where leases are wanted.
    pub unreleased: Vec<AttemptId>,
}

/// A session of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The worker.
    pub worker: WorkerId,
    /// Its session.
    pub session: u64,
    /// The number of the State that the ledger was told of last.
    pub n: u64,
}

/// Who has a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The attempt.
    pub attempt: AttemptId,
    /// The build in words: `deploy #7`.
    pub build: String,
    /// Whether its attempt has ended and only its processes may still be there.
    pub lost: bool,
}

/// What a job is, as far as giving its builds to workers needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobInfo {
    /// The pipeline's id.
    pub pipeline_id: PipelineId,
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's name.
    pub name: String,
    /// The hash of its plan; `None` once the job is gone from the pipeline, or the pipeline is archived.
    pub plan: Option<String>,
    /// The job or its pipeline is paused.
    pub paused: bool,
    /// What a worker must have.
    pub tags: Vec<String>,
    /// The keys of the serial groups that a running build of it holds, sorted.
    pub groups: Vec<String>,
    /// The places that limit how many builds run at once: a prefix of keys, and how many there are. A running build
    /// holds one place of each: `prefix` + a number below the limit.
    pub places: Vec<(String, u32)>,
    /// Whether a newer build cancels older ones.
    pub interruptible: Interruptible,
    /// Running builds of its pipeline.
    pub pipeline_running: u32,
    /// The attempt with which a build of its pipeline was last started; empty if none was. Greater is later.
    pub pipeline_served: String,
}

/// What the decision of a job reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFacts {
    /// How often something that its decision reads has changed.
    pub changes: u64,
    /// The value of `changes` that the newest decision read.
    pub decided: u64,
    /// How often something has changed that can take a build away: a revision, a pin, a pause.
    pub brakes: u64,
    /// What it is.
    pub info: JobInfo,
    /// It was paused or pinned since its last decision that could make builds: of what came meanwhile only the newest
    /// counts.
    pub catch_up: bool,
    /// Its builds would get secrets: versions from outside start none.
    pub trusted_only: bool,
    /// Its gets, in written order.
    pub inputs: Vec<InputFacts>,
    /// Builds that let versions through, of the jobs that inputs name in `passed`: all that hold a version that has
    /// come since the last decision, is the newest, the `last` or what the input is held at, and, where several jobs are
    /// named, what joins them. At an input without marks, and with `catch_up`, also the newest of each space.
    pub upstream: BTreeMap<JobId, Vec<UpstreamBuild>>,
    /// How far the last decision had looked, of all that it read (by resource or by upstream job): what this one is to
    /// note if it looks at all of it.
    pub horizons: Vec<Horizon>,
    /// There was more since the last decision than was read: the job stays due.
    pub more: bool,
    /// Pending builds whose versions are not all chosen, oldest first, at most 1,000.
    pub unresolved: Vec<Unresolved>,
    /// There are more of them.
    pub more_unresolved: bool,
    /// Automatic builds that have not ended, oldest first, at most 1,000. Only where an input takes the `latest`, or the
    /// job is interruptible.
    pub open: Vec<OpenBuild>,
}

/// How far a decision has looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    /// The id of a resource, or of an upstream job.
    pub source: String,
    /// All up to this place (of versions) or number (of passed builds) has been read.
    pub upto: u64,
}

/// What is known of one `get` of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputFacts {
    /// The name of the step.
    pub name: String,
    /// The resource's id.
    pub resource: ResourceId,
    /// The resource's name, `type.name`.
    pub resource_name: String,
    /// Whether its new versions start the job.
    pub trigger: bool,
    /// Whether of its versions only the newest counts: `version = "latest"`, or a schedule.
    pub latest: bool,
    /// The jobs that a version must have passed, with their names.
    pub passed: Vec<(JobId, String)>,
    /// What it is held at.
    pub pin: Option<Pin>,
    /// The resource is looked at only when a build needs it.
    pub on_demand: bool,
    /// The newest version of all spaces (without `trusted_only` failing it); with `passed` the newest that passed all.
    pub newest: Option<Stored>,
    /// The marks: by space the newest version that an automatic or manual build of the job has taken, of the spaces that
    /// stand in `next`, `upstream`, `newest`, `last` and `pin`.
    pub marks: BTreeMap<String, Stored>,
    /// What the newest build of the job that was no rerun has taken, in whatever space.
    pub last: Option<Stored>,
    /// Only of triggering inputs without `passed` and pin: the versions since the last decision, oldest first, at most
    /// [`NEXT_VERSIONS`]; where there is no mark in any space the newest of each space (without `trusted_only` failing
    /// it).
    pub next: Vec<Stored>,
}

/// What an input is held at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The version; `None` while no version that is known is meant.
    pub version: Option<Stored>,
    /// What is meant, in words: `ref=abc`.
    pub text: String,
    /// Whether it stands in the pipeline's text; else somebody set it.
    pub written: bool,
}

/// The most versions of [`InputFacts::next`]. A job with more is due again after its decision.
pub const NEXT_VERSIONS: usize = 100;

/// A version as the ledger has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The row's id.
    pub id: String,
    /// Its place in the resource's order; greater is newer.
    pub order: u64,
    /// The line of work that it belongs to; most resources have one, the empty one.
    pub space: String,
    /// It comes from outside: its builds get no secrets.
    pub untrusted: bool,
    /// A build of the job has taken it at this input.
    pub taken: bool,
    /// The version.
    pub version: Version,
}

/// A build of an upstream job that succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamBuild {
    /// The build.
    pub build: BuildId,
    /// Its number, in words: `7`, `7.1`.
    pub number: String,
    /// Its place in the order in which builds of its job succeeded.
    pub place: u64,
    /// By the index of an input that names its job in `passed`: the versions of that input's resource that the build
    /// fetched or made. More than one where it got or put the resource more than once.
    pub versions: BTreeMap<usize, Vec<Stored>>,
}

/// A pending build whose versions are not all chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The build.
    pub build: BuildId,
    /// What it takes already, by the name of the input.
    pub taken: BTreeMap<String, Stored>,
    /// Resources whose check it still waits for.
    pub waits_for: Vec<ResourceId>,
}

/// An automatic build that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBuild {
    /// The build.
    pub build: BuildId,
    /// Its number within the job.
    pub number: u64,
    /// Its space: see [`crate::inputs::NextBuild::space`].
    pub space: String,
    /// The attempt that has it, if it runs: worker, session, ask, attempt.
    pub attempt: Option<(WorkerId, u64, u64, AttemptId)>,
}

/// A job with pending builds that are ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedJob {
    /// The job.
    pub job: JobId,
    /// What it is.
    pub info: JobInfo,
    /// The builds, oldest first.
    pub builds: Vec<PendingBuild>,
}

/// A build that could start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBuild {
    /// The build.
    pub build: BuildId,
    /// Its number within the job.
    pub number: u64,
    /// Which repetition of that build it is; 0 is the original.
    pub rerun: u64,
    /// The number of a newer automatic build of the same job and space that has been started, where the job is
    /// interruptible and this one is automatic.
    pub overtaken_by: Option<u64>,
    /// The versions that its gets take, by the name of the step.
    pub inputs: BTreeMap<String, Version>,
}

impl PendingBuild {
    /// `7`; of a rerun `7.1`.
    pub fn number_text(&self) -> String {
        number_text(self.number, self.rerun)
    }
}

/// `7`; of a rerun `7.1`.
pub fn number_text(number: u64, rerun: u64) -> String {
    if rerun == 0 { number.to_string() } else { format!("{number}.{rerun}") }
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
    /// What a worker must have.
    pub tags: Vec<String>,
    /// The newest version known.
    pub newest: Option<Version>,
}

/// A schedule whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTick {
    /// Its row among the checks.
    pub check: CheckId,
    /// When it was due (milliseconds since 1970).
    pub due_ms: u64,
    /// The schedule, as text of the language.
    pub schedule: String,
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
    /// The hash of its plan.
    pub plan: String,
    /// What it works on.
    pub of: AttemptOf,
    /// Whether it has not ended.
    pub running: bool,
    /// Whether its processes are known to be gone, or never were.
    pub released: bool,
    /// What somebody wishes of it.
    pub cancel: CancelWish,
}

/// What an attempt works on, with all that a second `Go` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOf {
    /// A build of a job.
    Build(JobInfo, PendingBuild),
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
    /// Its job.
    pub job: JobId,
    /// Whether its job forbids to run it again.
    pub no_rerun: bool,
}
