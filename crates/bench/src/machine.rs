//! What the machine itself can do, without us.

use crate::bed::Bed;
use crate::clock;
use crate::figure::Limit;
use crate::measure::log::BYTES;
use crate::samples::Samples;
use crate::text::Lines;
use anyhow::{Context, Result};
use rusqlite::Connection;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long each rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

/// How many programs are started one after the other for a latency.
const STARTS: usize = 200;

/// What all figures stand beside.
#[derive(Debug)]
pub struct Machine {
    /// `/bin/true` with its output piped, two at a time.
    pub spawns: Limit,
    /// `sh -c true`, likewise.
    pub shells: Limit,
    /// Transactions of one row on one connection of SQLite, synced each.
    pub commits: Limit,
    /// The log of [`BYTES`] written to a file and synced.
    pub write: Limit,
    /// The same out of the task's program, through a pipe, to nowhere.
    pub pipe: Limit,
    /// From the order to start the task's program to its first act.
    pub start: Limit,
}

impl Machine {
    /// Measures all of it.
    pub fn measure(bed: &Bed) -> Result<Self> {
        let rate = |name: &str, value| Limit { name: name.into(), value, unit: "/s" };
        let seconds = |name: &str, value| Limit { name: name.into(), value, unit: "s" };
        Ok(Self {
            spawns: rate("/bin/true, two at a time", spawns("/bin/true", &[])?),
            shells: rate("sh -c true, two at a time", spawns("/bin/sh", &["-c", "true"])?),
            commits: rate("commits of SQLite, one row each", commits(bed.path())?),
            write: seconds("the same bytes to a file, synced", write(bed.path())?),
            pipe: seconds("the same bytes through a pipe", pipe(bed.task())?),
            start: Limit {
                name: "the same program, started directly, p50".into(),
                value: start(bed)?,
                unit: "ms",
            },
        })
    }
}

/// Starts a second, with two threads.
fn spawns(program: &str, arguments: &[&str]) -> Result<f64> {
    let start = Instant::now();
    let one = || -> std::io::Result<f64> {
        let mut count = 0.0;
        while start.elapsed() < WINDOW {
            Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
            count += 1.0;
        }
        Ok(count)
    };
    let counts = thread::scope(|scope| {
        let threads = [scope.spawn(one), scope.spawn(one)];
        threads.map(|thread| thread.join().unwrap_or(Ok(0.0)))
    });
    let mut sum = 0.0;
    for count in counts {
        sum += count.with_context(|| format!("cannot start {program}"))?;
    }
    Ok(sum / start.elapsed().as_secs_f64())
}

fn commits(folder: &Path) -> Result<f64> {
    let database = Connection::open(folder.join("machine.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch("CREATE TABLE builds (id INTEGER PRIMARY KEY, status TEXT NOT NULL)")?;
    let mut insert = database.prepare("INSERT INTO builds (status) VALUES ('pending')")?;
    let start = Instant::now();
    let mut count = 0.0;
    while start.elapsed() < WINDOW {
        insert.execute([])?;
        count += 1.0;
    }
    Ok(count / start.elapsed().as_secs_f64())
}

fn write(folder: &Path) -> Result<f64> {
    let start = Instant::now();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join("machine.log"))?);
    for line in Lines::of(BYTES) {
        file.write_all(&line)?;
    }
    file.into_inner()?.sync_all()?;
    Ok(start.elapsed().as_secs_f64())
}

fn pipe(task: &Path) -> Result<f64> {
    let start = Instant::now();
    let mut child = Command::new(task)
        .args(["lines", &BYTES.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the task")?;
    let mut output = child.stdout.take().context("the task has no output")?;
    let mut buffer = vec![0; 1 << 16];
    while output.read(&mut buffer)? > 0 {}
    child.wait()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Milliseconds, the median.
fn start(bed: &Bed) -> Result<f64> {
    let socket = bed.stamps()?;
    let mut samples = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let from = clock::now();
        let mut child = Command::new(bed.task()).arg("stamp").arg(bed.socket()).spawn()?;
        samples.push(clock::milliseconds(from, socket.next()?));
        child.wait()?;
    }
    Ok(samples.into_iter().collect::<Samples>().median())
}
