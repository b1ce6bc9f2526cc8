//! `pikoci resource check` with a new commit → the first act of the task of its build, the clone included.

use super::{block_on, id, succeeded};
use crate::bed::{Bed, Server, Stamps, System};
use crate::clock;
use crate::figure::{Figure, Limit};
use crate::samples::Samples;
use anyhow::{Result, bail};
use pikoci_testkit::api::Connection;
use pikoci_testkit::git_http::GitHttp;
use pikoci_testkit::repository::{Repository, bare, git};
use std::process::{Command, Stdio};

const SAMPLES: usize = 20;

/// One system's percentiles.
pub fn measure(bed: &Bed, system: System) -> Result<Vec<Figure>> {
    let forge = tempfile::tempdir_in(bed.path())?;
    bare(forge.path().join("app.git"))?;
    let git = GitHttp::start(forge.path())?;
    let url = format!("{}/app.git", git.url());
    let work = Repository::new()?;
    push(&work, &url, 0)?;
    let stamps = bed.stamps()?;
    let server = bed.server(system, &bed.pipeline(&pipeline(&url))?)?;
    // The first check, at the start, makes the first build.
    stamps.next()?;
    let samples = block_on(samples(bed, &server, &stamps, &work, &url))?;
    let machine = Limit {
        name: "ls-remote, fetch and clone by hand, p50".into(),
        value: by_hand(bed, &url)?.median(),
        unit: "ms",
    };
    let row = |percent: usize| {
        let name = format!("resource check → first process, {}, p{percent}", system.name());
        Figure::new(name, samples.percentile(percent), "ms").beside(&machine)
    };
    Ok(vec![row(50), row(95)])
}

fn pipeline(url: &str) -> String {
    format!(
        r#"
resource "git" "app" {{
  params {{
    url = "{url}"
  }}
  check_interval = "@every 1h"
}}

job "stamp" {{
  get "git" "app" {{ trigger = true }}

  task "stamp" {{
    run "exec" {{
      path = "TASK"
      args = ["stamp", "SOCKET"]
    }}
  }}
}}
"#
    )
}

fn push(work: &Repository, url: &str, number: usize) -> Result<()> {
    work.commit("number", &number.to_string())?;
    work.push(url)
}

async fn samples(
    bed: &Bed,
    server: &Server,
    stamps: &Stamps,
    work: &Repository,
    url: &str,
) -> Result<Samples> {
    let mut connection = Connection::open(&server.api()).await?;
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 1..=SAMPLES {
        push(work, url, number)?;
        let start = clock::now();
        check(bed, server)?;
        samples.push(clock::milliseconds(start, stamps.next()?));
        let path = "/api/v1/teams/main/pipelines/bench/jobs/stamp";
        let build = connection.get(path).await?["last_build"].clone();
        succeeded(&mut connection, &id(&build)?).await?;
    }
    Ok(samples.into_iter().collect())
}

fn check(bed: &Bed, server: &Server) -> Result<()> {
    let mut command = Command::new(bed.pikoci());
    command.args(["resource", "check", "git.app", "--socket"]).arg(server.socket()).stdout(Stdio::null());
    let status = command.status()?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// The git commands that a check and a pull cannot do without.
fn by_hand(bed: &Bed, url: &str) -> Result<Samples> {
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let folder = tempfile::tempdir_in(bed.path())?;
        let steps: [&[&str]; 4] = [
            &["ls-remote", url, "HEAD"],
            &["init", "--quiet", "--bare", "check.git"],
            &["--git-dir", "check.git", "fetch", "--quiet", "--depth=50", url, "HEAD"],
            &["clone", "--quiet", "--depth=1", url, "app"],
        ];
        let start = clock::now();
        for step in steps {
            let output = git(folder.path()).args(step).output()?;
            if !output.status.success() {
                bail!("git {step:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        samples.push(clock::milliseconds(start, clock::now()));
    }
    Ok(samples.into_iter().collect())
}
