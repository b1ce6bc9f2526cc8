//! What `pikoci run` adds to a command.

use crate::bed::Bed;
use crate::clock;
use crate::figure::{Figure, Limit};
use crate::samples::Samples;
use anyhow::{Result, bail};
use std::process::{Command, Stdio};

const SAMPLES: usize = 100;

/// A whole `pikoci run` of one command, beside that command.
pub fn measure(bed: &Bed) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(
        "job \"nothing\" {\n  task \"nothing\" {\n    run \"exec\" { path = \"/bin/true\" }\n  }\n}\n",
    )?;
    let mut run = Command::new(bed.pikoci());
    run.current_dir(bed.path()).arg("run").arg("--pipeline-config").arg(&pipeline).args(["--job", "nothing"]);
    let run = times(&mut run)?;
    let bare = times(&mut Command::new("/bin/true"))?;
    let beside = |percent| Limit {
        name: format!("the bare command, p{percent}"),
        value: bare.percentile(percent),
        unit: "ms",
    };
    let row = |percent| {
        let name = format!("pikoci run of /bin/true, p{percent}");
        Figure::new(name, run.percentile(percent), "ms").beside(&beside(percent))
    };
    Ok(vec![row(50), row(99)])
}

fn times(command: &mut Command) -> Result<Samples> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let start = clock::now();
        let status = command.status()?;
        samples.push(clock::milliseconds(start, clock::now()));
        if !status.success() {
            bail!("{command:?} ended with {status}");
        }
    }
    Ok(samples.into_iter().collect())
}
