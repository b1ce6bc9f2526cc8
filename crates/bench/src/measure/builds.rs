//! How many builds that do nothing are done a second, from the first trigger to the last end.

use super::block_on;
use crate::bed::{Bed, Server, System};
use crate::figure::{Aim, Figure};
use crate::machine::Machine;
use crate::samples::Samples;
use anyhow::{Context, Result, bail};
use pikoci_testkit::api::Connection;
use std::time::{Duration, Instant};

/// How many builds a round has, and over how many connections they are triggered.
const BUILDS: usize = 500;
const CONNECTIONS: usize = 2;
const ROUNDS: usize = 3;

/// How long a round may take.
const LIMIT: Duration = Duration::from_secs(300);

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
    let mut rates = Vec::new();
    for round in 0..ROUNDS {
        rates.push(block_on(rate(&server, round))?);
    }
    let aim = if system == System::Memory { 1500.0 } else { 1000.0 };
    let name = |what: &str| format!("{BUILDS} builds that do nothing on 2 slots, {}{what}", system.name());
    let rates: Samples = rates.into_iter().collect();
    let builds = Figure::new(name(""), rates.median(), "/s").aim(Aim::Above(aim)).beside(&machine.spawns);
    let memory = Figure::new(name(", memory after"), server.memory_mb("VmRSS")?, "MB");
    Ok(vec![if system == System::Sqlite { builds.beside(&machine.commits) } else { builds }, memory])
}

async fn rate(server: &Server, round: usize) -> Result<f64> {
    let mut watcher = Connection::open(&server.api()).await?;
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    for connection in 0..CONNECTIONS {
        let api = server.api();
        local.spawn_local(async move {
            let mut triggers = Connection::open(&api).await?;
            for number in (connection..BUILDS).step_by(CONNECTIONS) {
                triggers.trigger("bench/nothing", &format!("{round}-{number}")).await?;
            }
            anyhow::Ok(())
        });
    }
    local.await;
    all_ended(&mut watcher, BUILDS * (round + 1)).await?;
    Ok(BUILDS as f64 / start.elapsed().as_secs_f64())
}

/// Waits until nothing is pending or running; an error if there are fewer builds than were made.
async fn all_ended(connection: &mut Connection, builds: usize) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let job = connection.get("/api/v1/teams/main/pipelines/bench/jobs/nothing").await?;
        if job["pending"] == 0 && job["running"] == 0 {
            let last = job["last_build"]["number"].as_u64().context("no build was made")?;
            if usize::try_from(last)? != builds {
                bail!("{last} builds were made for {builds} triggers");
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("{builds} builds did not end within {LIMIT:?}")
}
