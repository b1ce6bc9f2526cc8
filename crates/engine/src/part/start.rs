//! What is given to an ask, and what needs none.

use crate::assign::Ask;
use pikoci_plan::id::{AttemptId, BuildId, CheckId};
use pikoci_plan::version::Version;

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
