//! What a decision does: the parts of one commit.
//!
//! Each part is applied whole or not at all ([`Applied::Missed`]), by an expectation that the ledger checks in
//! the same transaction; whether the others are applied does not depend on it.

use crate::assign::Ask;
use crate::cause::Cause;
use crate::facts::{CancelWish, Horizon, Interruptible, Lease};
use pikoci_plan::Schedule;
use pikoci_plan::event::Frame;
use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, PipelineId, ResourceId, WorkerId};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// One thing that a commit does.
#[expect(clippy::large_enum_variant, reason = "a commit has few of them, and each lives for one turn")]
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Sets a pipeline. [`Applied::Conflict`] if its revision is not the expected one.
    SetPipeline(Box<SetPipeline>),
    /// Archives a pipeline: its jobs make no builds any more, pending ones end, running ones are cancelled; its history
    /// stays. Missed if there is none of that id, or it is archived.
    Archive {
        /// The pipeline.
        pipeline: PipelineId,
        /// Who wants it.
        by: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Pauses a job or a pipeline, or lets it go on. Missed if it is gone, or is so already.
    Pause {
        /// What.
        of: Paused,
        /// Whether it is to be paused.
        paused: bool,
        /// Who wants it.
        by: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Holds a resource at a version, or lets it go. Missed if the resource or the version is gone, or nothing changes.
    Pin {
        /// The resource.
        resource: ResourceId,
        /// The row of the version; `None` lets it go.
        version: Option<String>,
        /// Why, in words of who wants it.
        comment: Option<String>,
        /// Who wants it.
        by: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// A worker's session is there, and its lease with it. Missed if a higher session of it is known.
    Session {
        /// The worker.
        worker: WorkerId,
        /// Its session.
        session: u64,
        /// The number of its State.
        n: u64,
        /// What it offers.
        tags: Vec<String>,
        /// It takes no more work.
        draining: bool,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Ends the lease of a session whose `n` stands still, and loses what it runs. Missed if `n` has moved.
    EndLease {
        /// The lease, as it was read.
        lease: Lease,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// The processes of an ended attempt are gone, or may be taken to be: its holds are free, and its build may start
    /// again. Missed if that is known.
    Release {
        /// The attempt.
        attempt: AttemptId,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Makes a build. [`Applied::Exists`] if one was made for that cause before.
    CreateBuild(CreateBuild),
    /// Makes a build anew with the versions of its original. [`Applied::Exists`] as above, missed if its job is gone.
    Rerun(Rerun),
    /// Makes the builds that a job's new versions make. Missed if somebody else decided since, or a brake was applied.
    Decide(Decide),
    /// Gives a pending build to an ask. Missed if it is not pending any more, or the ask is used, or a hold is taken.
    StartBuild(StartBuild),
    /// Gives a due check to an ask. Missed if it runs already, or the ask is used.
    StartCheck(StartCheck),
    /// A schedule's time has come: stores a version. Missed if its row is not due at that time any more.
    Tick(Tick),
    /// Stores events of an attempt. Missed if the attempt does not stand at `from`.
    Advance(Advance),
    /// Ends an attempt whose worker does not know it any more. Missed if it has ended.
    Lose {
        /// The attempt.
        attempt: AttemptId,
        /// What becomes of its build.
        fate: Fate,
        /// Whether its processes are known to be gone.
        released: bool,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Cancels a build: at once while it is pending, else the wish is noted. Missed if it has ended, or the
    /// wish stands already.
    Cancel {
        /// The build.
        build: BuildId,
        /// At least [`CancelWish::Cancel`].
        wish: CancelWish,
        /// Who wants it.
        by: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Ends a pending build without an attempt. Missed if it is not pending.
    EndPending {
        /// The build.
        build: BuildId,
        /// Its outcome.
        outcome: Outcome,
        /// Why, in one sentence.
        message: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// Wants a check, or, while one runs, that it is repeated: at once, or at the latest at a time. The number of the run that
    /// will have seen all that was there is the answer.
    RequestCheck {
        /// The resource whose check it is.
        resource: ResourceId,
        /// When, in milliseconds since 1970.
        wanted_ms: u64,
    },
}

/// What can be paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paused {
    /// A pipeline.
    Pipeline(PipelineId),
    /// A job.
    Job(JobId),
}

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

/// A schedule's time has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Its row among the checks.
    pub check: CheckId,
    /// When it was due, as it was read.
    pub due_ms: u64,
    /// The version that it makes.
    pub version: Version,
    /// When it is due next (milliseconds since 1970); `None` never.
    pub next_ms: Option<u64>,
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

/// A build is given to an ask.
#[derive(Debug, Clone, PartialEq)]
pub struct StartBuild {
    /// The build.
    pub build: BuildId,
    /// To which ask, as which attempt.
    pub to: Assignment,
    /// What it holds while its attempt runs, sorted.
    pub holds: Vec<String>,
}

/// A check is given to an ask.
#[derive(Debug, Clone, PartialEq)]
pub struct StartCheck {
    /// The check.
    pub check: CheckId,
    /// The number of this run.
    pub number: u64,
    /// To which ask, as which attempt.
    pub to: Assignment,
}

/// A new attempt on an ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The attempt.
    pub attempt: AttemptId,
    /// The ask.
    pub ask: Ask,
    /// The hash of the plan.
    pub plan: String,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// Events of an attempt, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Advance {
    /// The attempt.
    pub attempt: AttemptId,
    /// The position of the first event.
    pub from: u64,
    /// The position after the last one.
    pub upto: u64,
    /// What became of steps, in order.
    pub steps: Vec<StepChange>,
    /// Log frames with their positions.
    pub frames: Vec<(u64, Frame)>,
    /// What puts made, in order.
    pub outputs: Vec<Made>,
    /// What a check found, and whether there was more.
    pub versions: Option<(Vec<Version>, bool)>,
    /// The end.
    pub result: Option<Ending>,
    /// The server's time in milliseconds since 1970, which is the build's end if `result` is there.
    pub at_ms: u64,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepChange {
    /// The index of the step.
    pub step: u32,
    /// The position of the event.
    pub position: u64,
    /// Its new state.
    pub status: Status,
    /// The worker's time in milliseconds since 1970.
    pub at_ms: u64,
    /// What happened, in one sentence.
    pub message: Option<String>,
    /// Whether it succeeded only because its failure is allowed.
    pub warning: bool,
}

/// What a put made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The index of the step.
    pub step: u32,
    /// The position of the event.
    pub position: u64,
    /// The resource, `type.name`.
    pub resource: String,
    /// The versions, oldest first.
    pub versions: Vec<Version>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its outcome.
    pub outcome: Outcome,
    /// Why, in one sentence, where its steps do not say it.
    pub message: Option<String>,
    /// Whether it succeeded only because a failure in it is allowed.
    pub warning: bool,
    /// Whether the worker was told to stop before it was done: the job's `on_worker_loss` applies.
    pub stopped: bool,
}

impl From<Outcome> for Ending {
    /// One of which there is nothing else to say.
    fn from(outcome: Outcome) -> Self {
        Self { outcome, message: None, warning: false, stopped: false }
    }
}

/// What becomes of the build (or check) of an attempt that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The attempt never started anything: pending again.
    Again,
    /// It may have: `cancelled` if somebody wished so, pending again if its job says so and it was not lost twice before,
    /// else `errored: worker lost`.
    Lost,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It was applied.
    Yes,
    /// Its expectation did not hold; nothing of it was applied.
    Missed,
    /// A build was made; whether it was given to the ask in the same breath.
    Made {
        /// Its number.
        number: u64,
        /// Whether the attempt of [`CreateBuild::start`] has it.
        started: bool,
    },
    /// A build for that cause was made before.
    Exists(BuildId),
    /// What a decision did.
    Decided {
        /// The builds that it made, those that existed left out: number, and whether it was started.
        builds: Vec<(BuildId, u64, bool)>,
        /// Builds that were superseded, interrupted or resolved.
        touched: Vec<BuildId>,
    },
    /// The events were stored; which jobs became due, and what ended.
    Advanced {
        /// Jobs whose decision reads what was stored.
        due: Vec<JobId>,
        /// The new versions that a check brought, of one resource.
        new_versions: Vec<Version>,
        /// Whether so much of the log is in the tail that a segment is due.
        seal: bool,
    },
    /// The pipeline was set.
    Set {
        /// The pipeline.
        id: PipelineId,
        /// The revision's number, from 1.
        revision: u64,
        /// Whether it differs from the one before.
        changed: bool,
    },
    /// The pipeline's revision is not the expected one: its number, 0 if there is none.
    Conflict(u64),
    /// A lease was ended, or a pipeline archived: the builds that it changed.
    Touched(Vec<BuildId>),
    /// The check with this number, once ended, has seen all that was there at the request.
    Requested {
        /// The check.
        check: CheckId,
        /// The number.
        number: u64,
    },
}

/// The versions of a build's gets by the name of the step.
pub fn versions(inputs: &[BuildInput]) -> BTreeMap<String, Version> {
    inputs.iter().map(|input| (input.name.clone(), input.version.clone())).collect()
}
