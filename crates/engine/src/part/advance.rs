//! What attempts bring, and how they end.

use pikoci_plan::event::Frame;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;

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
