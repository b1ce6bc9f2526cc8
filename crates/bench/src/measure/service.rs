//! What `pikoci run` adds to a service in a container: a job with one, beside the same commands of Docker by hand.

use crate::bed::Bed;
use crate::clock;
use crate::figure::{Figure, Limit};
use crate::samples::Samples;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

const SAMPLES: usize = 20;

/// The image, which must be on the machine: nothing is pulled.
const IMAGE: &str = "busybox";

/// What starts the container, and what ends it.
const START: [&str; 6] = ["run", "--detach", "--rm", "--network", "none", "--name"];
const STOP: [&str; 2] = ["rm", "--force"];

/// What it does until it is ended.
const SLEEP: [&str; 2] = ["sleep", "600"];

/// The medians; nothing, with a word about it, where there is no engine or no image.
pub fn measure(bed: &Bed) -> Result<Result<Vec<Figure>, String>> {
    if let Err(why) = can_run() {
        return Ok(Err(why));
    }
    let pipeline = bed.pipeline(&pipeline())?;
    let run = times(|| {
        let mut run = Command::new(bed.pikoci());
        run.current_dir(bed.path()).args(["run", "--job", "serve", "--pipeline-config"]).arg(&pipeline);
        succeed(run)
    })?;
    let bare = times(|| by_hand(bed.path()))?;
    let beside = |percent| Limit {
        name: format!("docker run, true and docker rm by hand, p{percent}"),
        value: bare.percentile(percent),
        unit: "ms",
    };
    let row = |percent| {
        let name = format!("pikoci run of a job with one service, p{percent}");
        Figure::new(name, run.percentile(percent), "ms").beside(&beside(percent))
    };
    Ok(Ok(vec![row(50), row(95)]))
}

/// Whether there is an engine with the image.
fn can_run() -> Result<(), String> {
    let asked = docker(&["image", "inspect", IMAGE]).output();
    match asked {
        Err(error) => Err(format!("there is no docker here ({error})")),
        Ok(output) if !output.status.success() => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("no engine with the image `{IMAGE}`: {}", said.trim()))
        }
        Ok(_) => Ok(()),
    }
}

/// A service type of its own whose start is one `docker run`.
fn pipeline() -> String {
    let list = |arguments: &[&str]| {
        arguments.iter().map(|argument| format!("{argument:?}")).collect::<Vec<_>>().join(", ")
    };
    format!(
        r#"
service_type "container" {{
  start "exec" {{
    path = "docker"
    args = [{start}, "pikoci-bench", {image}]
  }}
  stop "exec" {{
    path = "docker"
    args = [{stop}, "pikoci-bench"]
  }}
}}

job "serve" {{
  service "container" {{
  }}

  task "true" {{
    run "exec" {{
      path = "/bin/true"
    }}
  }}
}}
"#,
        start = list(&START),
        image = list(&[&[IMAGE], &SLEEP[..]].concat()),
        stop = list(&STOP),
    )
}

fn by_hand(folder: &Path) -> Result<()> {
    let name = ["pikoci-bench-by-hand"];
    succeed(docker(&[&START[..], &name, &[IMAGE], &SLEEP].concat()))?;
    let mut task = Command::new("/bin/true");
    task.current_dir(folder);
    succeed(task)?;
    succeed(docker(&[&STOP[..], &name].concat()))
}

fn docker(arguments: &[&str]) -> Command {
    let mut docker = Command::new("docker");
    docker.args(arguments);
    docker
}

fn succeed(mut command: Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn times(mut once: impl FnMut() -> Result<()>) -> Result<Samples> {
    let mut samples = Vec::with_capacity(SAMPLES);
    // The first of each warms the engine's caches.
    once()?;
    for _ in 0..SAMPLES {
        let start = clock::now();
        once()?;
        samples.push(clock::milliseconds(start, clock::now()));
    }
    Ok(samples.into_iter().collect())
}
