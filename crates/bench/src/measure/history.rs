//! What builds that have ended long ago cost those of today.

use super::{block_on, builds, dispatch, id, succeeded};
use crate::bed::{Bed, Server, Stamps, Start, State, System};
use crate::figure::Figure;
use crate::ledger::Ledger;
use crate::samples::Samples;
use anyhow::Result;
use pikoci_testkit::api::Connection;

/// How many old builds there are.
pub const SIZES: [i64; 3] = [1_000, 100_000, 1_000_000];

/// A job to be told when it began, one that does nothing, and one that takes a version and says something. History is made
/// of all of them.
pub(super) const PIPELINE: &str = r#"
resource_type "constant" {
  check "exec" {
    path = "/bin/echo"
    args = ["[{\"ref\": \"5d41402abc4b2a76b9719d911017c592a1b2c3d4\", \"_message\": \"Say hello to the world\"}]"]
  }
  pull "exec" { path = "/bin/true" }
}

resource "constant" "app" {
  check_interval = "@every 1h"
}

job "stamp" {
  task "stamp" {
    run "exec" {
      path = "TASK"
      args = ["stamp", "SOCKET"]
    }
  }
}

job "nothing" {
  task "nothing" {
    run "exec" { path = "/bin/true" }
  }
}

job "tested" {
  get "constant" "app" { trigger = true }

  task "test" {
    run "exec" {
      path = "/bin/echo"
      args = ["one line of a log, as long as lines of logs are: about eighty characters ..."]
    }
  }
}

job "deployed" {
  get "constant" "app" {
    passed = ["tested"]
    trigger = true
  }

  task "deploy" {
    run "exec" { path = "/bin/true" }
  }
}
"#;

/// How much of the history each job has.
const SHARES: [(&str, i64); 4] = [("stamp", 8), ("nothing", 8), ("tested", 2), ("deployed", 4)];

/// Dispatch, builds a second, start and memory with each of the sizes.
pub fn measure(bed: &Bed, sizes: &[i64]) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(PIPELINE)?;
    let stamps = bed.stamps()?;
    let mut state = begun(bed, &Start::of(&pipeline), &stamps)?;
    let (mut figures, mut before, mut base) = (Vec::new(), 0, None);
    for &size in sizes {
        grow(&state, size - before)?;
        before = size;
        let server = bed.start(state, &Start::of(&pipeline))?;
        let measured = Measured::of(&server, &stamps)?;
        let of = format!("with {} old builds", sizes[0]);
        let beside = base.as_ref().map(|base| (base, of.as_str()));
        figures.extend(measured.figures(&format!("{size} old builds"), beside));
        base.get_or_insert(measured);
        state = server.stop()?;
    }
    Ok(figures)
}

/// A state in which each job has one build that has ended.
pub(super) fn begun(bed: &Bed, start: &Start<'_>, stamps: &Stamps) -> Result<State> {
    let server = bed.start(State::new(bed, System::Sqlite)?, start)?;
    block_on(async {
        let mut connection = Connection::open(&server.api()).await?;
        for (job, _) in SHARES {
            let build = connection.trigger(&format!("bench/{job}"), "first").await?;
            succeeded(&mut connection, &id(&build)?).await?;
        }
        anyhow::Ok(())
    })?;
    stamps.next()?;
    server.stop()
}

/// Adds so many old builds, with their shares.
pub(super) fn grow(state: &State, count: i64) -> Result<()> {
    let ledger = Ledger::open(state)?;
    for (job, share) in SHARES {
        ledger.repeat(job, count / share)?;
    }
    ledger.close()
}

/// What was measured of one server.
#[derive(Debug)]
pub(super) struct Measured {
    ready_ms: f64,
    dispatch: Samples,
    builds: f64,
    memory_mb: f64,
}

impl Measured {
    pub(super) fn of(server: &Server, stamps: &Stamps) -> Result<Self> {
        Ok(Self {
            ready_ms: server.ready_ms(),
            dispatch: block_on(dispatch::samples(server, stamps, dispatch::SAMPLES))?,
            builds: builds::rates(server)?.median(),
            memory_mb: server.memory_mb("VmRSS")?,
        })
    }

    /// Rows, each beside the same of another server, that is described.
    pub(super) fn figures(&self, with: &str, base: Option<(&Self, &str)>) -> Vec<Figure> {
        let row = |name: &str, value: fn(&Self) -> f64, unit| {
            let figure = Figure::new(format!("{name}, {with}"), value(self), unit);
            match base {
                Some((base, of)) => figure.flat(value(base), of),
                None => figure,
            }
        };
        vec![
            row("trigger → first process, p50", |of| of.dispatch.median(), "ms"),
            row("trigger → first process, p99", |of| of.dispatch.percentile(99), "ms"),
            row("builds that do nothing", |of| of.builds, "/s"),
            row("start → ready", |of| of.ready_ms, "ms"),
            row("memory after", |of| of.memory_mb, "MB"),
        ]
    }
}
