//! How something ended.

use crate::attempt::Deaf;
use crate::process::exit::{Cause, End, judge};
use pikoci_plan::status::Outcome;

/// How a step, or a command of it, ended: its outcome, and a sentence where that word does not say enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How.
    pub(crate) outcome: Outcome,
    /// What happened.
    pub(crate) message: Option<String>,
    /// Whether it succeeded only because a failure is allowed.
    pub(crate) warning: bool,
    /// Whether it did not end so by itself: the worker was told to stop.
    pub(crate) stopped: bool,
}

impl Ended {
    /// All went well.
    pub(crate) fn well() -> Self {
        Self { outcome: Outcome::Succeeded, message: None, warning: false, stopped: false }
    }

    /// Trouble that is not the user's doing.
    pub(crate) fn errored(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Errored, message: Some(message.into()), warning: false, stopped: false }
    }

    /// What the user wrote said no.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, message: Some(message.into()), warning: false, stopped: false }
    }

    /// Somebody cancelled it.
    pub(crate) fn cancelled() -> Self {
        Self { outcome: Outcome::Cancelled, message: None, warning: false, stopped: false }
    }

    /// What the end of a process means: see [`judge`].
    pub(crate) fn of(end: End, runner: &str, error_codes: &[i32]) -> Self {
        let (outcome, message) = judge(end, runner, error_codes);
        Self { outcome, message, stopped: end.cause == Some(Cause::Stopped), ..Self::well() }
    }

    /// It was ended before it began.
    pub(crate) fn before(cause: Cause) -> Self {
        match cause {
            Cause::Cancelled => Self::cancelled(),
            Cause::Stopped => Self { stopped: true, ..Self::errored(cause.sentence()) },
            cause => Self::failed(cause.sentence()),
        }
    }

    /// The word of `BUILD_STATUS`.
    pub(crate) fn status(&self) -> &'static str {
        match self.outcome {
            Outcome::Succeeded if self.warning => "warning",
            outcome => outcome.as_str(),
        }
    }

    /// The same where a failure is allowed: a success with a warning.
    pub(crate) fn allowed(self, is_allowed: bool) -> Self {
        match self.outcome {
            Outcome::Failed if is_allowed => Self { outcome: Outcome::Succeeded, warning: true, ..self },
            _ => self,
        }
    }

    /// Both of them: the worse outcome, with its sentence.
    pub(crate) fn then(self, other: Self) -> Self {
        let warning = self.warning || other.warning;
        let worse = if other.outcome > self.outcome { other } else { self };
        Self { warning, ..worse }
    }
}

impl From<Deaf> for Ended {
    fn from(_: Deaf) -> Self {
        Self::cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_allowed_is_a_warning_and_nothing_else_is() {
        let failed = Ended::failed("exit code 1").allowed(true);
        assert_eq!((failed.outcome, failed.status()), (Outcome::Succeeded, "warning"));
        assert_eq!(Ended::errored("x").allowed(true).status(), "errored");
        assert_eq!(Ended::failed("x").allowed(false).status(), "failed");
    }

    #[test]
    fn the_worse_wins_and_a_warning_stays() {
        let warned = Ended::failed("a").allowed(true);
        let both = warned.clone().then(Ended::well());
        assert_eq!((both.status(), both.message.as_deref()), ("warning", Some("a")));
        assert_eq!(warned.then(Ended::failed("b")).message.as_deref(), Some("b"));
    }
}
