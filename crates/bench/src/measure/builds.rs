//! How many builds that do nothing are done a second, from the first trigger to the last end.

use super::{block_on, number};
use crate::bed::{Bed, Server, System};
use crate::clock;
use crate::figure::{Aim, Figure};
use crate::machine::Machine;
use crate::samples::Samples;
use anyhow::{Result, bail};
use pikoci_testkit::api::Connection;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many builds a round has, and over how many connections they are triggered.
const BUILDS: usize = 500;
const CONNECTIONS: usize = 2;
const ROUNDS: usize = 3;

/// How long a round may take.
const LIMIT: Duration = Duration::from_secs(300);

const JOB: &str = "/api/v1/teams/main/pipelines/bench/jobs/nothing";

/// How often the end is looked for; it adds half of itself to what takes half a second.
const LOOK: Duration = Duration::from_millis(4);

const PIPELINE: &str = r#"
job "nothing" {
  task "nothing" {
    run "exec" { path = "/bin/true" }
  }
}
"#;

/// One system's builds a second, the median of the rounds.
pub fn measure(bed: &Bed, machine: &Machine, system: System) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(PIPELINE)?;
    let server = bed.server(system, &pipeline)?;
    let rates = rates(&server)?;
    let aim = if system == System::Memory { 1500.0 } else { 1000.0 };
    let name = |what: &str| format!("{BUILDS} builds that do nothing on 2 slots, {}{what}", system.name());
    let builds = Figure::new(name(""), rates.median(), "/s").aim(Aim::Above(aim)).beside(&machine.spawns);
    let memory = Figure::new(name(", memory after"), server.memory_mb("VmRSS")?, "MB");
    Ok(vec![if system == System::Sqlite { builds.beside(&machine.commits) } else { builds }, memory])
}

/// Builds of the job `nothing` of the pipeline `bench` a second, round by round.
pub(super) fn rates(server: &Server) -> Result<Samples> {
    (0..ROUNDS)
        .map(|_| block_on(rate(server)))
        .collect::<Result<Vec<_>>>()
        .map(|rates| rates.into_iter().collect())
}

async fn rate(server: &Server) -> Result<f64> {
    let mut watcher = Connection::open(&server.api()).await?;
    let before = last_number(&watcher.get(JOB).await?)?;
    // Keys of other rounds on the same state are others.
    let round = clock::now();
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    for connection in 0..CONNECTIONS {
        let api = server.api();
        local.spawn_local(async move {
            let mut triggers = Connection::open(&api).await?;
            for nth in (connection..BUILDS).step_by(CONNECTIONS) {
                triggers.trigger("bench/nothing", &format!("{round}-{nth}")).await?;
            }
            anyhow::Ok(())
        });
    }
    local.await;
    all_ended(&mut watcher, before + BUILDS as u64).await?;
    Ok(BUILDS as f64 / start.elapsed().as_secs_f64())
}

/// Waits until nothing is pending or running; an error if the last build is another one.
async fn all_ended(connection: &mut Connection, newest: u64) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let job = connection.get(JOB).await?;
        if job["pending"] == 0 && job["running"] == 0 {
            let last = last_number(&job)?;
            if last != newest {
                bail!("the last build is #{last}, not #{newest}");
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("build #{newest} did not end within {LIMIT:?}")
}

/// The number of the job's newest build; 0 if it has none.
fn last_number(job: &Value) -> Result<u64> {
    if job["last_build"].is_null() { Ok(0) } else { number(&job["last_build"]) }
}
