//! The end of a server: which signal means what.
//!
//! | signal | meaning |
//! | --- | --- |
//! | TERM, QUIT | drain: no new work; what runs goes on to its end, up to a limit |
//! | INT | cancel what runs, with its hooks |
//! | any signal while it drains | cancel what runs, with its hooks |
//! | any signal while it cancels | skip the hooks that are left; services are stopped all the same |

use crate::failure::Failure;
use pikoci_worker::Stop;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// For how long a drain may go on; `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(pub(super) Option<Duration>);

/// Reads `10m`, `90s`, `none`; 0 is none, as it is of durations in pipelines.
pub(super) fn parse_limit(text: &str) -> Result<Limit, String> {
    match text {
        "none" | "0" => Ok(Limit(None)),
        _ => humantime::parse_duration(text)
            .map(|limit| Limit((!limit.is_zero()).then_some(limit)))
            .map_err(|error| format!("{error}; write `90s`, `10m`, or `none`")),
    }
}

/// INT, TERM and QUIT.
pub(super) struct Signals {
    int: Signal,
    term: Signal,
    quit: Signal,
}

/// What a signal asks for, when nothing was asked for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Drain,
    Cancel,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::errored(format!("cannot start: {error}")));
        Ok(Self {
            int: listen(SignalKind::interrupt())?,
            term: listen(SignalKind::terminate())?,
            quit: listen(SignalKind::quit())?,
        })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.int.recv() => Asked::Cancel,
            _ = self.term.recv() => Asked::Drain,
            _ = self.quit.recv() => Asked::Drain,
        }
    }
}

/// What follows when a signal comes, after what was said before.
pub(super) fn next(before: Stop, asked: Asked, limit: Limit) -> Stop {
    match (before, asked) {
        (Stop::No, Asked::Drain) => Stop::Drain { deadline: limit.0 },
        (Stop::No, Asked::Cancel) | (Stop::Drain { .. }, _) => Stop::Cancel,
        (Stop::Cancel | Stop::CancelHard, _) => Stop::CancelHard,
    }
}

/// What the operator is told of it.
pub(super) fn told(stop: Stop) -> String {
    match stop {
        Stop::No => String::new(),
        Stop::Drain { deadline: None } => {
            "draining: builds that run go on to their end; a second signal cancels them".into()
        }
        Stop::Drain { deadline: Some(limit) } => format!(
            "draining: builds that run go on to their end, for at most {}; a second signal cancels them",
            humantime::format_duration(limit)
        ),
        Stop::Cancel => "cancelling what runs; another signal skips hooks".into(),
        Stop::CancelHard => "skipping hooks".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_signals() {
        let limit = Limit(Some(Duration::from_secs(5)));
        let drain = Stop::Drain { deadline: limit.0 };
        for (before, asked, expected) in [
            (Stop::No, Asked::Drain, drain),
            (Stop::No, Asked::Cancel, Stop::Cancel),
            (drain, Asked::Drain, Stop::Cancel),
            (drain, Asked::Cancel, Stop::Cancel),
            (Stop::Cancel, Asked::Drain, Stop::CancelHard),
            (Stop::Cancel, Asked::Cancel, Stop::CancelHard),
            (Stop::CancelHard, Asked::Cancel, Stop::CancelHard),
        ] {
            assert_eq!(next(before, asked, limit), expected, "{before:?}, {asked:?}");
        }
    }

    #[test]
    fn limits_are_read() {
        for none in ["none", "0", "0s"] {
            assert_eq!(parse_limit(none), Ok(Limit(None)), "{none}");
        }
        assert_eq!(parse_limit("90s"), Ok(Limit(Some(Duration::from_secs(90)))));
        assert!(parse_limit("ten").unwrap_err().contains("none"));
    }
}
