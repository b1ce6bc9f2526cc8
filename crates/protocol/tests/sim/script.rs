//! What is done to a world: a list of acts with their times, from which acts can be left out.

use crate::model::Pipeline;
use serde::{Deserialize, Serialize};

/// All that a run follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Script {
    /// Where delays on the wire, the fates of builds and the ids come from.
    pub(crate) seed: u64,
    pub(crate) servers: usize,
    pub(crate) hosts: Vec<HostSpec>,
    /// With when, in milliseconds since the beginning; in their order.
    pub(crate) acts: Vec<(u64, Act)>,
}

/// A worker's host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HostSpec {
    pub(crate) builds: usize,
    pub(crate) checks: usize,
    pub(crate) tags: Vec<String>,
}

/// Something that happens to a world. Where it names a job, build, resource or version by a number, that is taken modulo
/// how many there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Act {
    /// The outside has so many new versions.
    Push {
        origin: u64,
        count: u64,
        space: u64,
    },
    /// The newest version of the outside is gone: the one before is the newest again.
    PushBack {
        origin: u64,
    },
    /// Somebody sets a pipeline; `stale` after having read an older revision.
    Set {
        server: usize,
        pipeline: Pipeline,
        stale: bool,
    },
    Archive {
        server: usize,
        pipeline: u64,
    },
    Trigger {
        server: usize,
        job: u64,
        key: u64,
        version: Option<u64>,
    },
    Rerun {
        server: usize,
        build: u64,
        key: u64,
    },
    Cancel {
        server: usize,
        build: u64,
        skip_hooks: bool,
    },
    Pause {
        server: usize,
        pipeline: u64,
        job: Option<u64>,
        paused: bool,
    },
    Pin {
        server: usize,
        resource: u64,
        version: Option<u64>,
    },
    Check {
        server: usize,
        resource: u64,
        times: u64,
    },
    KillServer {
        server: usize,
        down_ms: u64,
    },
    /// A server stops between two steps of a turn, or before the next.
    Stall {
        server: usize,
        ms: u64,
    },
    /// A server's clock is set: so many milliseconds beside the truth.
    SetClock {
        server: usize,
        ms: i64,
    },
    /// The database does not answer.
    NoLedger {
        ms: u64,
    },
    /// The next commit is done, and its answer is lost.
    LostCommit,
    KillHost {
        host: usize,
        down_ms: u64,
    },
    /// The machine stops with all that was not on disk.
    Reboot {
        host: usize,
        down_ms: u64,
    },
    Freeze {
        host: usize,
        ms: u64,
    },
    Drain {
        host: usize,
        deadline_ms: u64,
        down_ms: u64,
    },
    /// Nothing arrives from a host (`up`), or at it (`down`).
    Cut {
        host: usize,
        server: Option<usize>,
        up: bool,
        down: bool,
        ms: u64,
    },
    /// So many of 100 messages are lost, doubled, late.
    Wire {
        loss: u64,
        double: u64,
        late: u64,
        ms: u64,
    },
}

impl Script {
    /// As it is printed and read: the head, then an act a line.
    pub(crate) fn print(&self) -> String {
        let head = Self { acts: Vec::new(), ..self.clone() };
        let acts = self.acts.iter().map(|act| serde_json::to_string(act).unwrap());
        std::iter::once(serde_json::to_string(&head).unwrap()).chain(acts).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut script: Self = serde_json::from_str(lines.next().unwrap()).unwrap();
        script.acts = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        script
    }
}

impl Act {
    /// The server that it names.
    pub(crate) fn server(&self) -> Option<usize> {
        match self {
            Self::Set { server, .. }
            | Self::Archive { server, .. }
            | Self::Trigger { server, .. }
            | Self::Rerun { server, .. }
            | Self::Cancel { server, .. }
            | Self::Pause { server, .. }
            | Self::Pin { server, .. }
            | Self::Check { server, .. }
            | Self::KillServer { server, .. }
            | Self::Stall { server, .. }
            | Self::SetClock { server, .. } => Some(*server),
            Self::Cut { server, .. } => *server,
            _ => None,
        }
    }

    /// The host that it names.
    pub(crate) fn host(&self) -> Option<usize> {
        match self {
            Self::KillHost { host, .. }
            | Self::Reboot { host, .. }
            | Self::Freeze { host, .. }
            | Self::Drain { host, .. }
            | Self::Cut { host, .. } => Some(*host),
            _ => None,
        }
    }
}
