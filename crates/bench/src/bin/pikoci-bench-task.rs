//! What the tasks of measured builds run. Its clock is the one of the whole machine (CLOCK_MONOTONIC), so that
//! another process can subtract.
//!
//! - `stamp SOCKET` sends the time at which it began to a datagram socket;
//! - `lines BYTES` writes lines of 80 bytes, as fast as they are taken;
//! - `clock COUNT PAUSE_MS` prints the time, line by line, with a pause before each.

use anyhow::{Context, Result, bail};
use pikoci_bench::clock;
use pikoci_bench::text::Lines;
use std::io::{BufWriter, Write};
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::Duration;

fn main() -> Result<()> {
    let began = clock::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["stamp", socket] => {
            UnixDatagram::unbound()?
                .send_to(&began.to_ne_bytes(), socket)
                .context("nobody waits for the stamp")?;
        }
        ["lines", bytes] => lines(bytes.parse()?)?,
        ["clock", count, pause] => tell(count.parse()?, Duration::from_millis(pause.parse()?))?,
        _ => bail!("usage: pikoci-bench-task stamp SOCKET | lines BYTES | clock COUNT PAUSE_MS"),
    }
    Ok(())
}

fn lines(bytes: u64) -> Result<()> {
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for line in Lines::of(bytes) {
        output.write_all(&line)?;
    }
    output.flush()?;
    Ok(())
}

fn tell(count: u32, pause: Duration) -> Result<()> {
    let mut output = std::io::stdout().lock();
    for _ in 0..count {
        thread::sleep(pause);
        writeln!(output, "{}", clock::now())?;
        output.flush()?;
    }
    Ok(())
}
