//! A log of 100 MB, as fast as a task can write it: until all of it is stored and the build has ended, and how much
//! memory the server took for it.

use super::{block_on, id, log_bytes, succeeded};
use crate::bed::{Bed, Server, System};
use crate::figure::{Aim, Figure};
use crate::machine::Machine;
use anyhow::{Result, bail};
use pikoci_testkit::api::Connection;
use std::time::Instant;

/// How long the log is, in lines of 80 bytes.
pub const BYTES: u64 = 100_000_000;

/// One system's time and memory.
pub fn measure(bed: &Bed, machine: &Machine, system: System) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(&format!(
        r#"
job "flood" {{
  task "flood" {{
    run "exec" {{
      path = "TASK"
      args = ["lines", "{BYTES}"]
    }}
  }}
}}
"#
    ))?;
    let server = bed.server(system, &pipeline)?;
    let seconds = block_on(flood(&server))?;
    let name = |what: &str| format!("100 MB log, {}, {what}", system.name());
    let limit = if system == System::Memory { &machine.pipe } else { &machine.write };
    let memory = Figure::new(name("peak memory"), server.memory_mb("VmHWM")?, "MB");
    Ok(vec![
        Figure::new(name("stored and ended"), seconds, "s").aim(Aim::Below(0.45)).beside(limit),
        // A ledger in memory holds the log itself.
        if system == System::Memory { memory } else { memory.aim(Aim::Below(60.0)) },
    ])
}

async fn flood(server: &Server) -> Result<f64> {
    let mut connection = Connection::open(&server.api()).await?;
    let start = Instant::now();
    let build = connection.trigger("bench/flood", "flood").await?;
    let id = id(&build)?;
    succeeded(&mut connection, &id).await?;
    let seconds = start.elapsed().as_secs_f64();
    match log_bytes(&mut connection, &id).await? {
        BYTES => Ok(seconds),
        stored => bail!("{stored} bytes of the {BYTES} are stored"),
    }
}
