//! A server that has nothing to do: how soon it is ready, and how much memory it takes.

use super::dispatch::PIPELINE;
use crate::bed::{Bed, System};
use crate::figure::{Aim, Figure};
use crate::machine::Machine;
use crate::samples::Samples;
use anyhow::Result;
use std::thread;
use std::time::Duration;

const STARTS: usize = 10;

/// After what time the memory is read, so that what was needed only at the start can be given back.
const SETTLE: Duration = Duration::from_secs(3);

/// One system's start and memory.
pub fn measure(bed: &Bed, machine: &Machine, system: System) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(PIPELINE)?;
    let ready: Samples = (0..STARTS)
        .map(|_| Ok(bed.server(system, &pipeline)?.ready_ms()))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .collect();
    let server = bed.server(system, &pipeline)?;
    thread::sleep(SETTLE);
    let name = system.name();
    Ok(vec![
        Figure::new(format!("start → ready, {name}, p50"), ready.median(), "ms")
            .aim(Aim::Below(50.0))
            .beside(&machine.start),
        Figure::new(format!("idle server with worker, {name}"), server.memory_mb("VmRSS")?, "MB")
            .aim(Aim::Below(20.0)),
    ])
}
