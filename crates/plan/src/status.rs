//! States of builds and steps, and which of several outcomes wins.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a build, a check or a step ended. Ordered from best to worst: of mixed outcomes the worst wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was asked for was done.
    Succeeded,
    /// What the user wrote said no: a non-zero exit, a missing output, a timeout of the step or job.
    Failed,
    /// Infrastructure trouble: the runner, a pull, the worker, a program that is not there.
    Errored,
    /// Somebody, or a newer build, cancelled it.
    Cancelled,
}

impl Outcome {
    /// The worse of the two.
    pub fn worst(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word that stands in the ledger, the API and the CLI.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Cancelled => "cancelled",
        }
    }

    /// The exit code of `pikoci run` and `--watch`: 0, 1, 3, 130.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::Errored => 3,
            Self::Cancelled => 130,
        }
    }
}

/// The state of a build or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It exists and has not begun.
    Pending,
    /// An attempt has it (a build), or it has begun (a step).
    Running,
    /// Ended: see [`Outcome::Succeeded`].
    Succeeded,
    /// Ended: see [`Outcome::Failed`].
    Failed,
    /// Ended: see [`Outcome::Errored`].
    Errored,
    /// Ended: see [`Outcome::Cancelled`].
    Cancelled,
    /// Only of steps: the build ended before it, or without need of it.
    Skipped,
}

impl Status {
    /// The word that stands in the ledger, the API and the CLI.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Skipped => "skipped",
            Self::Succeeded => Outcome::Succeeded.as_str(),
            Self::Failed => Outcome::Failed.as_str(),
            Self::Errored => Outcome::Errored.as_str(),
            Self::Cancelled => Outcome::Cancelled.as_str(),
        }
    }

    /// The state of that name; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        use Status::*;
        [Pending, Running, Succeeded, Failed, Errored, Cancelled, Skipped]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// How it ended, or `None` while it has not.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Pending | Self::Running | Self::Skipped => None,
            Self::Succeeded => Some(Outcome::Succeeded),
            Self::Failed => Some(Outcome::Failed),
            Self::Errored => Some(Outcome::Errored),
            Self::Cancelled => Some(Outcome::Cancelled),
        }
    }

    /// Whether nothing can change it any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded => Self::Succeeded,
            Outcome::Failed => Self::Failed,
            Outcome::Errored => Self::Errored,
            Outcome::Cancelled => Self::Cancelled,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_wins() {
        use Outcome::*;
        assert_eq!(Failed.worst(Succeeded), Failed);
        assert_eq!(Failed.worst(Errored), Errored);
        assert_eq!(Cancelled.worst(Errored), Cancelled);
        assert_eq!(Succeeded.worst(Succeeded), Succeeded);
    }

    #[test]
    fn words_are_read_back() {
        for status in [Status::Pending, Status::Running, Status::Errored, Status::Skipped] {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        assert_eq!(Status::parse("warning"), None);
    }
}
