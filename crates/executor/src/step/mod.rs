//! Steps: each kind a file. What is common to all of them, starting one command, is in `command`.

pub(crate) mod command;
pub(crate) mod get;
pub(crate) mod hint;
pub(crate) mod local;
pub(crate) mod task;

use crate::attempt::Deaf;
use pikoci_plan::status::Outcome;

/// How a step, or a command of it, ended: its outcome, and a sentence where that word does not say enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How.
    pub(crate) outcome: Outcome,
    /// What happened.
    pub(crate) message: Option<String>,
}

impl Ended {
    /// All went well.
    pub(crate) fn well() -> Self {
        Self { outcome: Outcome::Succeeded, message: None }
    }

    /// Trouble that is not the user's doing.
    pub(crate) fn errored(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Errored, message: Some(message.into()) }
    }

    /// What the user wrote said no.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, message: Some(message.into()) }
    }

    /// Somebody cancelled it.
    pub(crate) fn cancelled() -> Self {
        Self { outcome: Outcome::Cancelled, message: None }
    }
}

impl From<Deaf> for Ended {
    fn from(_: Deaf) -> Self {
        Self::cancelled()
    }
}
