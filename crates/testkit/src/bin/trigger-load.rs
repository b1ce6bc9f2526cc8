//! `trigger-load ADDRESS PIPELINE/JOB COUNT CONNECTIONS`: starts builds over kept-alive connections, each as fast
//! as its answers come, for shell scripts. The token stands in `PIKOCI_TOKEN`. Trigger `n` has the key `load-n`.
//!
//! Prints `KEY NUMBER ID` for each answer as it comes. A connection that breaks ends, and makes the exit code 1.

use anyhow::{Context, Result, bail};
use pikoci_testkit::api::{Connection, Server};
use std::io::Write;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::LocalSet;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, job, count, connections] = arguments.as_slice() else {
        bail!("usage: trigger-load ADDRESS PIPELINE/JOB COUNT CONNECTIONS");
    };
    let token = std::env::var("PIKOCI_TOKEN").context("PIKOCI_TOKEN is not set")?;
    let load = Load {
        server: Server { address: address.parse().context("ADDRESS is HOST:PORT")?, token },
        job: job.clone(),
        count: count.parse().context("COUNT is a number")?,
        next: AtomicUsize::new(1),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let connections = connections.parse().context("CONNECTIONS is a number")?;
    LocalSet::new().block_on(&runtime, all(Rc::new(load), connections))
}

struct Load {
    server: Server,
    job: String,
    count: usize,
    next: AtomicUsize,
}

async fn all(load: Rc<Load>, connections: usize) -> Result<()> {
    let tasks: Vec<_> = (0..connections).map(|_| tokio::task::spawn_local(one(load.clone()))).collect();
    let mut result = Ok(());
    for task in tasks {
        result = result.and(task.await?);
    }
    result
}

/// One connection, which takes the next trigger when it has its answer.
async fn one(load: Rc<Load>) -> Result<()> {
    let mut connection = Connection::open(&load.server).await?;
    loop {
        let number = load.next.fetch_add(1, Ordering::Relaxed);
        if number > load.count {
            return Ok(());
        }
        let key = format!("load-{number}");
        let build = connection.trigger(&load.job, &key).await?;
        let id = build["id"].as_str().context("a build without an id")?;
        writeln!(std::io::stdout(), "{key} {} {id}", build["number"])?;
    }
}
