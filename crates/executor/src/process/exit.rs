//! How a process ended, and what that means for its step.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use pikoci_plan::status::Outcome;
use std::time::Duration;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl From<WaitStatus> for Exit {
    fn from(status: WaitStatus) -> Self {
        match status {
            WaitStatus::Exited(_, code) => Self::Code(code),
            WaitStatus::Signaled(_, signal, _) => Self::Signal(signal as i32),
            // Only asked for processes that have ended, which are one of the two.
            _ => Self::Code(-1),
        }
    }
}

/// Why a process was ended before it did by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody cancelled the build, or nobody listens any more.
    Cancelled,
    /// The worker was told to stop.
    Stopped,
    /// The step took longer than this.
    StepTimeout(Duration),
    /// The job took longer than this.
    JobTimeout(Duration),
    /// It wrote more than this many bytes where an answer was to be read.
    TooMuchOutput(usize),
}

/// The end of a process: what it did, and whether we made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// How it ended.
    pub(crate) exit: Exit,
    /// Why we ended it, if we did.
    pub(crate) cause: Option<Cause>,
}

/// What the end of a task's process means: its outcome, and what to say where that word is not enough.
pub(crate) fn judge(end: End, runner: &str, error_codes: &[i32]) -> (Outcome, Option<String>) {
    match (end.cause, end.exit) {
        (Some(Cause::Cancelled), _) => (Outcome::Cancelled, None),
        (Some(Cause::Stopped), _) => (Outcome::Errored, Some(Cause::Stopped.sentence())),
        (Some(cause), _) => (Outcome::Failed, Some(cause.sentence())),
        (None, Exit::Code(0)) => (Outcome::Succeeded, None),
        (None, Exit::Code(code)) if error_codes.contains(&code) => {
            (Outcome::Errored, Some(format!("runner `{runner}` had trouble of its own: exit code {code}")))
        }
        (None, exit) => (Outcome::Failed, Some(exit.sentence())),
    }
}

impl Exit {
    /// `exit code 2`, `killed by signal 9 (KILL)`.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Code(code) => format!("exit code {code}"),
            Self::Signal(signal) => match Signal::try_from(signal) {
                Ok(name) => {
                    let name = name.as_str();
                    format!("killed by signal {signal} ({})", name.strip_prefix("SIG").unwrap_or(name))
                }
                Err(_) => format!("killed by signal {signal}"),
            },
        }
    }
}

impl Cause {
    /// What happened, in one sentence.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Cancelled => "cancelled".to_owned(),
            Self::Stopped => "worker stopped".to_owned(),
            Self::StepTimeout(limit) => format!("timed out after {}", duration(limit)),
            Self::JobTimeout(limit) => format!("the job timed out after {}", duration(limit)),
            Self::TooMuchOutput(limit) => format!("it printed more than {} MiB", limit >> 20),
        }
    }
}

/// A duration as it is written in a pipeline: `1h30m`, `90s` as `1m30s`, `250ms`.
pub(crate) fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = milliseconds;
    let mut text = String::new();
    for (unit, length) in units {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(exit: Exit, cause: Option<Cause>) -> (Outcome, String) {
        let (outcome, message) = judge(End { exit, cause }, "docker", &[125]);
        (outcome, message.unwrap_or_default())
    }

    #[test]
    fn an_end_becomes_an_outcome() {
        use Outcome::*;
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let cases = [
            (Exit::Code(0), None, Succeeded, ""),
            (Exit::Code(2), None, Failed, "exit code 2"),
            (Exit::Code(125), None, Errored, "runner `docker` had trouble of its own: exit code 125"),
            (Exit::Signal(9), None, Failed, "killed by signal 9 (KILL)"),
            (Exit::Signal(40), None, Failed, "killed by signal 40"),
            (Exit::Signal(15), Some(Cause::Cancelled), Cancelled, ""),
            (Exit::Code(0), Some(Cause::Cancelled), Cancelled, ""),
            (Exit::Signal(15), Some(Cause::Stopped), Errored, "worker stopped"),
            (Exit::Code(0), Some(Cause::StepTimeout(minutes(5))), Failed, "timed out after 5m"),
            (Exit::Code(1), Some(Cause::JobTimeout(minutes(90))), Failed, "the job timed out after 1h30m"),
        ];
        for (exit, cause, outcome, message) in cases {
            assert_eq!(judged(exit, cause), (outcome, message.to_owned()), "{exit:?} {cause:?}");
        }
    }

    #[test]
    fn durations_read_as_they_are_written() {
        for (milliseconds, text) in [(0, "0s"), (250, "250ms"), (90_000, "1m30s"), (3_600_001, "1h1ms")] {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
