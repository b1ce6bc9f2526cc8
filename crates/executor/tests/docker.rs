//! The built-in runner `docker`, and the one that the article prints, on a real engine with the image
//! `busybox`. They run where `PIKOCI_TEST_DOCKER` is set, as `make test` does; there a missing engine fails.

#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Home, Options, Settings, Work, execute};
use pikoci_lang::{LoadInput, NoFiles, SourceFile};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, BuildPlan};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::sync::{mpsc, watch};

fn is_wanted() -> bool {
    std::env::var_os("PIKOCI_TEST_DOCKER").is_some()
}

/// The plan of the only job of a pipeline.
fn compiled(pipeline: &str) -> BuildPlan {
    let files = vec![SourceFile::new("pipeline.hcl".to_owned(), pipeline.as_bytes().to_vec())];
    let input = LoadInput { name: "shop".to_owned(), files, ..LoadInput::default() };
    let loaded = pikoci_lang::load(&input, &NoFiles);
    let pipeline = loaded.pipeline.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    pikoci_plan::compile::job(&pipeline, "j").expect("the job is there")
}

/// A job with one task of the runner `docker`, whose script is `cmd`.
fn job(cmd: &str, more: &str) -> BuildPlan {
    compiled(&format!(
        "job \"j\" {{\n task \"t\" {{\n run \"docker\" {{\n image = \"busybox\"\n cmd = <<-SH\n{cmd}\nSH\n }}\n {more}\n }}\n}}\n"
    ))
}

fn work(plan: BuildPlan) -> Work {
    let values = BuildValues { number: "7".to_owned(), ..BuildValues::default() };
    Work::Build(Arc::new(numbered(plan)), values, Options::default())
}

/// The containers that there are, also stopped ones, for a work directory.
fn containers(work: &Path) -> Vec<String> {
    let filter = format!("label=pikoci.workdir={}", work.display());
    let output =
        Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output().expect("docker runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_task_runs_in_a_container_as_it_would_outside() {
    if !is_wanted() {
        return;
    }
    let place = Place::new();
    let mut slot = place.slot();
    let mut plan = job(
        "pwd; echo \"$WORKDIR $SCRATCH $BUILD_NUMBER $WORD\"; echo made >file; cat ../before",
        "dir = \"app\"\n env { WORD = \"two words\" }",
    );
    plan.steps.insert(0, task("before", sh("mkdir app; echo from the host >before")));
    plan.steps.push(task("after", sh("cat app/file; env | grep PIKOCI_ATTEMPT=")));
    let ran = run(&mut slot, work(plan)).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?} {}", ran.steps(), ran.text(1));
    assert_eq!(ran.text(1), "/workdir/app\n/workdir /pikoci 7 two words\nfrom the host\n");
    assert!(ran.text(2).starts_with("made\n"));
    assert_eq!(containers(slot.work()), Vec::<String>::new());
    assert!(
        ran.executed.problems.is_empty(),
        "what a container wrote is removed: {:?}",
        ran.executed.problems
    );
}

#[tokio::test]
async fn exit_codes_of_the_command_and_of_the_engine_are_told_apart() {
    if !is_wanted() {
        return;
    }
    let place = Place::new();
    let mut slot = place.slot();
    let ran = run(&mut slot, work(job("exit 3", ""))).await;
    assert_eq!(ran.steps(), [(Status::Failed, Some("exit code 3"))]);
    let mut plan = job("true", "");
    if let Action::Task(task) = &mut plan.steps[0].action {
        let image = "no-such-image.invalid/x:1".into();
        task.command.params.insert("image".to_owned(), image);
    }
    let ran = run(&mut slot, work(plan)).await;
    assert_eq!(ran.steps()[0].0, Status::Errored, "{:?}", ran.steps());
}

#[tokio::test]
async fn a_cancelled_build_leaves_no_container() {
    if !is_wanted() {
        return;
    }
    let place = Place::with(Settings { grace: Duration::from_millis(500), ..Settings::default() });
    let mut slot = place.slot();
    let work_directory = slot.work().to_owned();
    let (cancel, cancelled) = watch::channel(Cancel::No);
    // Cancelled once while it runs, and once as early as the client has said nothing yet.
    let plan = job("trap '' TERM; echo ready; while :; do sleep 1; done", "");
    let ran = run_with(&mut slot, work(plan.clone()), cancelled, |event| {
        if matches!(event, Event::Log(frame) if frame.data.starts_with(b"ready")) {
            assert_eq!(containers(&work_directory).len(), 1);
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    assert_eq!(containers(slot.work()), Vec::<String>::new());

    for delay in [0, 20, 60, 120, 200] {
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let later = async {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            cancel.send_replace(Cancel::Now);
        };
        let (ran, ()) = tokio::join!(run_with(&mut slot, work(plan.clone()), cancelled, |_| {}), later);
        assert_eq!(ran.outcome(), Outcome::Cancelled, "after {delay} ms");
        assert_eq!(containers(slot.work()), Vec::<String>::new(), "after {delay} ms");
    }
}

#[tokio::test]
async fn the_runner_of_the_article_works_as_printed() {
    if !is_wanted() {
        return;
    }
    let plan = compiled(
        r#"
        runner_type "docker" {
          run {
            path = "docker"
            args = [
              "run", "--rm",
              "-v", "$WORKDIR:/workdir",
              "-w", "/workdir",
              "$image",
              "/bin/sh", "-ec", "$cmd",
            ]
          }
        }
        job "j" {
          task "t" {
            run "docker" {
              image = "busybox"
              cmd   = "mkdir app && cd app && pwd"
            }
          }
        }
        "#,
    );
    let ran = run(&mut Place::new().slot(), work(plan)).await;
    assert_eq!(
        (ran.outcome(), ran.text(0).as_str()),
        (Outcome::Succeeded, "/workdir/app\n"),
        "{:?}",
        ran.steps()
    );
}

const HELPER_HOME: &str = "PIKOCI_TEST_HELPER_HOME";

/// No test but another process of this program, which the test below starts and kills.
#[tokio::test]
async fn helper() {
    let Ok(home) = std::env::var(HELPER_HOME) else { return };
    let home = Home::open(Path::new(&home), Settings::default()).expect("a home");
    let mut slot = home.slot(0).expect("a slot");
    let (sender, mut receiver) = mpsc::channel(16);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let id = attempt();
    let work = work(job("while :; do sleep 1; done", ""));
    let listen = async { while receiver.recv().await.is_some() {} };
    tokio::join!(execute(&mut slot, &id, work, sender, cancelled), listen);
}

#[tokio::test]
async fn a_container_of_a_killed_owner_is_swept() {
    if !is_wanted() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("home");
    let mut helper = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "helper"])
        .env(HELPER_HOME, &path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let work = path.join("slots/0/work");
    let running = || containers(&path.canonicalize().map_or(work.clone(), |home| home.join("slots/0/work")));
    until("the container runs", || running().len() == 1).await;
    helper.kill().expect("killed");
    helper.wait().expect("reaped");
    assert_eq!(running().len(), 1, "it lives on without its owner");
    let home = Home::open(&path, Settings::default()).expect("opened");
    assert_eq!(running(), Vec::<String>::new());
    assert_eq!(home.swept().stops, 1, "{:?}", home.swept());
}

const UNPRIVILEGED_HOME: &str = "PIKOCI_TEST_UNPRIVILEGED_HOME";

/// A pipeline whose container writes as root, and gives nothing of it away.
const WRITES_AS_ROOT: &str = r#"
    runner_type "plain" {
      run {
        path = "docker"
        args = ["run", "--rm", "--network=none", "-v", "$WORKDIR:/workdir", "-w", "/workdir", "busybox", "sh", "-ec", "$cmd"]
      }
    }
    job "j" {
      task "t" {
        run "plain" {
          cmd = "mkdir -p a/b c; touch a/b/f 'd e'; chmod 700 a; chown -R 4711:4711 c; $more"
        }
      }
    }
"#;

/// No test but another process of this program, which the test below starts as another user than root.
#[tokio::test]
async fn unprivileged_helper() {
    let Ok(home) = std::env::var(UNPRIVILEGED_HOME) else { return };
    let home = Home::open(Path::new(&home), Settings::default()).expect("a home");
    let mut slot = home.slot(0).expect("a slot");
    for more in ["true", "chown 0:0 .; chmod 700 ."] {
        let ran = run(&mut slot, work(compiled(&WRITES_AS_ROOT.replace("$more", more)))).await;
        assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?} {}", ran.steps(), ran.text(0));
        assert_eq!(ran.executed.problems, Vec::<String>::new());
        let ran = run(&mut slot, build(vec![task("look", sh("pwd; ls -A; touch file"))])).await;
        assert_eq!(ran.text(0), format!("{}\n", slot.work().display()), "{:?}", ran.steps());
    }
}

#[tokio::test]
async fn what_a_container_left_of_another_user_s_is_removed() {
    if !is_wanted() || !nix::unistd::Uid::effective().is_root() {
        return; // only root can become another
    }
    let engine = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    let Some(group) = engine.strip_prefix("unix://").and_then(|socket| std::fs::metadata(socket).ok()) else {
        return; // whoever reaches it by another way is asked for no group
    };
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    std::fs::copy(std::env::current_exe().expect("this program"), path("program")).expect("copied");
    std::fs::create_dir(path("theirs")).expect("made");
    std::os::unix::fs::chown(path("theirs"), Some(65_534), Some(group.gid())).expect("changed");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).expect("changed");
    let output = Command::new(path("program"))
        .args(["--exact", "unprivileged_helper"])
        .env(UNPRIVILEGED_HOME, path("theirs/home"))
        .env("HOME", path("theirs"))
        .uid(65_534)
        .gid(group.gid())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let images =
        Command::new("docker").args(["image", "ls", "-q", "pikoci-removes-*"]).output().expect("docker runs");
    assert!(images.status.success() && images.stdout.is_empty(), "{images:?}");
}
