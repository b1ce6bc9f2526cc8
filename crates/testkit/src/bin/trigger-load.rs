//! `trigger-load ADDRESS PIPELINE/JOB COUNT CONNECTIONS`: starts builds over kept-alive connections, each as fast
//! as its answers come, for shell scripts. The token stands in `PIKOCI_TOKEN`. Trigger `n` has the key `load-n`.
//!
//! Prints `KEY NUMBER ID` for each answer as it comes. A connection that breaks ends, and makes the exit code 1.

use anyhow::{Context, Result};
use pikoci_testkit::load::Load;
use std::io::Write;

fn main() -> Result<()> {
    let load = Load::from_arguments()?;
    let job = load.path.clone();
    load.run(async move |connection, number| {
        let key = format!("load-{number}");
        let build = connection.trigger(&job, &key).await?;
        let word = |name: &str| build[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        writeln!(std::io::stdout(), "{key} {} {}", word("number")?, word("id")?)?;
        Ok(())
    })
}
