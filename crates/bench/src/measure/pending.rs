//! What builds that wait cost the others: some that nothing can start, and a burst that is worked off.

use super::history::{self, Measured};
use super::{block_on, dispatch, number};
use crate::bed::{Bed, Server, Stamps, Start, State};
use crate::figure::{Figure, Limit};
use crate::ledger::Ledger;
use anyhow::{Context, Result, bail};
use pikoci_testkit::api::Connection;
use std::time::{Duration, Instant};

/// How many builds wait.
pub const MANY: i64 = 100_000;

/// With how many that is compared; more than [`WINDOW`] needs.
const FEW: i64 = 3_000;

/// How many old builds there are beside them.
const OLD: i64 = 1_000;

/// Between which builds of a burst its rate is measured.
const WINDOW: (u64, u64) = (500, 2_500);

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(10);

/// How many builds of another pipeline are started while a burst is worked off.
const MEANWHILE: usize = 100;

/// Jobs of which builds wait: paused, for a worker that is not there, for the one that has the group, for a slot.
const PIPELINE: &str = r#"
job "paused" {
  task "nothing" {
    run "exec" { path = "/bin/true" }
  }
}

job "tagged" {
  tags = ["a-worker-that-is-not-there"]

  task "nothing" {
    run "exec" { path = "/bin/true" }
  }
}

job "grouped" {
  serial_groups = ["one"]

  task "wait" {
    run "exec" {
      path = "/bin/sleep"
      args = ["600"]
    }
  }
}

job "burst" {
  task "nothing" {
    run "exec" { path = "/bin/true" }
  }
}
"#;

/// The jobs of which no build can start; of the last one the first build has the group and a slot, and stays.
const STUCK: [&str; 3] = ["paused", "tagged", "grouped"];

/// Dispatch and builds a second of one pipeline beside what waits in another.
pub fn measure(bed: &Bed, many: i64) -> Result<Vec<Figure>> {
    let mut figures = stuck(bed, many)?;
    figures.extend(bursts(bed, many.max(FEW))?);
    Ok(figures)
}

fn stuck(bed: &Bed, many: i64) -> Result<Vec<Figure>> {
    let stamps = bed.stamps()?;
    let mut state = begun(bed, &stamps)?;
    let measured = |state: State| -> Result<(Measured, State)> {
        let pipeline = bed.pipeline(history::PIPELINE)?;
        let server = bed.start(state, &Start { slots: 3, ..Start::of(&pipeline) })?;
        Ok((Measured::of(&server, &stamps)?, server.stop()?))
    };
    let wait = |state: &State, count: i64| {
        let ledger = Ledger::open(state)?;
        ledger.pause("paused")?;
        STUCK.iter().try_for_each(|job| ledger.wait(job, "nothing", count))?;
        ledger.close()
    };
    wait(&state, 2)?;
    let (few, state_after) = measured(state)?;
    state = state_after;
    wait(&state, many / STUCK.len() as i64)?;
    let (all, _) = measured(state)?;
    Ok(all.figures(&format!("{many} that cannot start"), Some((&few, "with hardly any"))))
}

fn bursts(bed: &Bed, many: i64) -> Result<Vec<Figure>> {
    let stamps = bed.stamps()?;
    let [few, many_waiting] = [FEW, many].map(|count| burst(bed, &stamps, count));
    let (few, (rate, meanwhile)) = (few?, many_waiting?);
    let of = format!("with {FEW} waiting");
    let p50 = |samples: &crate::samples::Samples| samples.median();
    let name = format!("another pipeline's trigger → first process meanwhile, {many} waiting, p50");
    let limit = Limit { name: "when nearly all is worked off".into(), value: p50(&few.1), unit: "ms" };
    Ok(vec![
        Figure::new(format!("a burst is worked off, {many} waiting"), rate, "/s").flat(few.0, &of),
        Figure::new(name, p50(&meanwhile), "ms").beside(&limit),
    ])
}

/// A state with old builds, and the pipeline of those that wait.
fn begun(bed: &Bed, stamps: &Stamps) -> Result<State> {
    let pipeline = bed.pipeline(history::PIPELINE)?;
    let state = history::begun(bed, &Start::of(&pipeline), stamps)?;
    history::grow(&state, OLD)?;
    let pipeline = bed.pipeline(PIPELINE)?;
    bed.start(state, &Start { name: "waiting", ..Start::of(&pipeline) })?.stop()
}

/// How many builds of a burst are done a second, and the dispatch of another pipeline meanwhile.
fn burst(bed: &Bed, stamps: &Stamps, count: i64) -> Result<(f64, crate::samples::Samples)> {
    let state = begun(bed, stamps)?;
    let ledger = Ledger::open(&state)?;
    ledger.wait("burst", "nothing", count)?;
    ledger.close()?;
    let pipeline = bed.pipeline(history::PIPELINE)?;
    let server = bed.start(state, &Start::of(&pipeline))?;
    let rate = block_on(rate(&server))?;
    Ok((rate, block_on(dispatch::samples(&server, stamps, MEANWHILE))?))
}

async fn rate(server: &Server) -> Result<f64> {
    let mut connection = Connection::open(&server.api()).await?;
    let (from, first) = reached(&mut connection, WINDOW.0).await?;
    let (upto, last) = reached(&mut connection, WINDOW.1).await?;
    Ok((last - first) as f64 / (upto - from).as_secs_f64())
}

/// Waits until a build of the burst with that number or a later one has ended; when it was seen, and which.
async fn reached(connection: &mut Connection, wanted: u64) -> Result<(Instant, u64)> {
    let path = "/api/v1/teams/main/pipelines/waiting/jobs/burst/builds?status=succeeded&limit=1";
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let page = connection.get(path).await?;
        let seen = Instant::now();
        let builds = page["items"].as_array().with_context(|| format!("no list: {page}"))?;
        let last = builds.first().map(number).transpose()?.unwrap_or_default();
        if last >= wanted {
            return Ok((seen, last));
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("build #{wanted} of the burst did not end within {LIMIT:?}")
}
