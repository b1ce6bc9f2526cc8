//! Loading a pipeline in this very process: parsed, evaluated, checked, typed.

use crate::figure::{Aim, Figure};
use anyhow::{Result, bail};
use pikoci_lang::{LoadInput, NoFiles, SourceFile, Variables};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

/// How many jobs it has.
const JOBS: usize = 1_000;

/// How often it is loaded; the best counts, as all others were disturbed.
const ROUNDS: usize = 10;

/// The time for a pipeline of many jobs, each with a get, two tasks and two hooks.
pub fn measure() -> Result<Vec<Figure>> {
    let text = pipeline();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let input = LoadInput {
            name: "bench".into(),
            files: vec![SourceFile::new("pipeline.hcl".to_owned(), text.clone().into_bytes())],
            variables: Variables::default(),
        };
        let start = Instant::now();
        let loaded = black_box(pikoci_lang::load(&input, &NoFiles));
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        if loaded.pipeline.is_none_or(|pipeline| pipeline.jobs.len() != JOBS) {
            bail!("the pipeline of the bench does not load: {:?}", loaded.diagnostics.first());
        }
    }
    let name = format!("loading {JOBS} jobs, {:.1} KB", text.len() as f64 / 1e3);
    Ok(vec![Figure::new(name, best, "ms").aim(Aim::Below(50.0))])
}

fn pipeline() -> String {
    let mut text =
        "resource \"git\" \"app\" {\n  params {\n    url = \"https://git.example/app\"\n  }\n}\n".to_owned();
    for number in 0..JOBS {
        // To write into a text never fails.
        let _never = write!(
            text,
            r#"
job "job-{number}" {{
  timeout = "30m"
  get "git" "app" {{ trigger = true }}
  task "build" {{
    run "exec" {{
      path = "/bin/sh"
      args = ["-ec", "cd app && make build-{number}"]
    }}
    env {{
      VERSION = "1.${{{number} + 1}}"
    }}
  }}
  task "test" {{
    run "exec" {{
      path = "make"
      args = ["test", "REF=${{get.app.ref}}"]
    }}
    dir = "app"
  }}
  on_failure "exec" {{
    path = "/bin/sh"
    args = ["-c", "echo job {number} failed"]
  }}
  ensure "exec" {{
    path = "/bin/sh"
    args = ["-c", "echo job {number} is over"]
  }}
}}
"#
        );
    }
    text
}
