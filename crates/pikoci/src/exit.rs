//! What a command's exit code says. Every command uses these six and no others.

use std::process::ExitCode;

/// The table of exit codes, as `pikoci --help` shows it.
pub(crate) const HELP: &str = "\
Exit codes: 0 succeeded, 1 failed, 2 bad input, 3 errored (infrastructure), 4 not allowed, 130 cancelled";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked for was done.
    Succeeded,
    /// What the user wrote said no: a build failed, a check failed.
    Failed,
    /// Arguments, addresses or files that cannot be meant.
    BadInput,
    /// Infrastructure trouble: no server, a connection that broke, an errored build.
    Errored,
    /// No token, a wrong one, or one without the right that is needed.
    NotAllowed,
    /// Cancelled, or ended by Ctrl-C.
    Cancelled,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::Errored => 3,
            Self::NotAllowed => 4,
            Self::Cancelled => 130,
        }
    }
}

impl Exit {
    /// How a command ends that waited for a build with this state.
    pub(crate) fn of_build(status: &str) -> Self {
        match status {
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Errored,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
