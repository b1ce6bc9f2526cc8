//! Trigger over a kept-alive connection → the first act of the task's process.

use super::{block_on, id, succeeded};
use crate::bed::{Bed, Server, Stamps, System};
use crate::clock;
use crate::figure::{Aim, Figure};
use crate::machine::Machine;
use crate::samples::Samples;
use anyhow::Result;
use pikoci_testkit::api::Connection;

pub(super) const SAMPLES: usize = 300;
pub(super) const WARM_UP: usize = 30;

/// A job whose only process says when it began.
pub const PIPELINE: &str = r#"
job "stamp" {
  task "stamp" {
    run "exec" {
      path = "TASK"
      args = ["stamp", "SOCKET"]
    }
  }
}
"#;

/// One system's percentiles.
pub fn measure(bed: &Bed, machine: &Machine, system: System) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(PIPELINE)?;
    let stamps = bed.stamps()?;
    let server = bed.server(system, &pipeline)?;
    let samples = block_on(samples(&server, &stamps, SAMPLES))?;
    let row = |percent: usize| {
        let name = format!("trigger → first process, {}, p{percent}", system.name());
        Figure::new(name, samples.percentile(percent), "ms").beside(&machine.start)
    };
    Ok(vec![row(50).aim(Aim::Below(3.0)), row(95), row(99).aim(Aim::Below(15.0))])
}

/// Triggers the job `stamp` of the pipeline `bench` so often, each time when the build before has ended.
pub(super) async fn samples(server: &Server, stamps: &Stamps, count: usize) -> Result<Samples> {
    let mut connection = Connection::open(&server.api()).await?;
    let mut samples = Vec::with_capacity(count);
    // Keys of other runs on the same state are others.
    let run = clock::now();
    for number in 0..WARM_UP + count {
        let sent = clock::now();
        let build = connection.trigger("bench/stamp", &format!("{run}-{number}")).await?;
        let began = stamps.next()?;
        if number >= WARM_UP {
            samples.push(clock::milliseconds(sent, began));
        }
        // The next one finds an idle server: this is the latency of one build, not of a queue.
        succeeded(&mut connection, &id(&build)?).await?;
    }
    Ok(samples.into_iter().collect())
}
