//! What a decision does: the parts of one commit.
//!
//! Each part is applied whole or not at all ([`Applied::Missed`]), by an expectation that the ledger checks in
//! the same transaction; whether the others are applied does not depend on it.

mod advance;
mod applied;
mod build;
mod pipeline;
mod start;

pub use advance::{Advance, Ending, Fate, Made, StepChange};
pub use applied::Applied;
pub use build::{BuildInput, CreateBuild, Decide, Rerun, versions};
pub use pipeline::{CheckSpec, InputSpec, JobSpec, OutlineRow, PlanSpec, ResourceSpec, SetPipeline};
pub use start::{Assignment, StartBuild, StartCheck, Tick};

use crate::facts::{CancelWish, Lease};
use pikoci_plan::id::{AttemptId, BuildId, JobId, PipelineId, ResourceId, WorkerId};
use pikoci_plan::status::Outcome;

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
