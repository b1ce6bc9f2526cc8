//! Ending: whatever a build starts, and however it hides, is gone when the build is.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Settings, Work, execute};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, BuildPlan, Command, InParallel, Step};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::sync::{mpsc, watch};

/// A script that leaves processes of every kind behind, each of which writes its pid to `$PIDS`, and then
/// `last`.
fn hostile(pids: &Path, last: &str) -> Command {
    let script = r#"
        report='echo $$ >>"$0"; exec sleep 1000'
        sh -c "$report" "$PIDS" &
        setsid sh -c "$report" "$PIDS" &
        (sh -c "$report" "$PIDS" &)
        (setsid sh -c "$report" "$PIDS" >/dev/null 2>&1 &)
        env -i sh -c "$report" "$PIDS" &
        (setsid sh -c 'trap "" TERM HUP INT; echo $$ >>"$0"; while :; do sleep 1; done' "$PIDS" &)
        (setsid sh -c 'echo $$ >>"$0"; kill -STOP $$' "$PIDS" &)
        while [ "$(wc -l <"$PIDS")" -lt 7 ]; do sleep 0.01; done
        echo ready
    "#;
    let pids = pids.to_str().expect("text");
    sh(&format!("PIDS='{pids}'; : >\"$PIDS\"\n{script}\n{last}"))
}

const HOSTILE: usize = 7;

fn impatient() -> Place {
    Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() })
}

/// Whether this is log that says `ready`.
fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Log(frame) if frame.data.windows(5).any(|bytes| bytes == b"ready"))
}

#[tokio::test]
async fn a_cancelled_build_leaves_nothing() {
    let place = impatient();
    let file = place.path("pids");
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let steps = vec![task("t", hostile(&file, "sleep 1000")), task("never", sh("true"))];
    let ran = run_with(&mut place.slot(), build(steps), cancelled, |event| {
        if is_ready(event) {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.result(), (Outcome::Cancelled, None));
    assert_eq!(ran.steps(), [(Status::Cancelled, None), (Status::Skipped, None)]);
    assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
    let pids = pids(&file, HOSTILE).await;
    assert_eq!(pids.iter().filter(|pid| is_alive(**pid)).count(), 0);
}

#[tokio::test]
async fn a_build_that_ends_by_itself_leaves_nothing_either() {
    let place = impatient();
    let file = place.path("pids");
    let ran = run(&mut place.slot(), build(vec![task("t", hostile(&file, "exit 0"))])).await;
    assert_eq!(ran.result(), (Outcome::Succeeded, None));
    let pids = pids(&file, HOSTILE).await;
    assert_eq!(pids.iter().filter(|pid| is_alive(**pid)).count(), 0);
}

/// The steps side by side; with `fail_fast` the first that fails cancels the others.
fn in_parallel(name: &str, fail_fast: bool, steps: Vec<Step>) -> Step {
    step(name, Action::InParallel(InParallel { limit: 0, fail_fast, steps }))
}

/// Runs the step `ending`, which leaves hostile processes, beside another with processes of the same kinds that
/// goes on until the first is seen to be over. `end` makes of it what ends it; it is given the files with the
/// pids of both.
async fn one_branch_ends(end: impl FnOnce(Step, [&Path; 2]) -> Step) -> Ran {
    let place = impatient();
    let (file, other_file, over) = (place.path("pids"), place.path("others"), place.path("over"));
    let wait = format!("while ! [ -e '{}' ]; do sleep 0.01; done", over.display());
    let ending = end(task("ending", hostile(&file, "sleep 1000")), [&file, &other_file]);
    let steps = vec![in_parallel("both", false, vec![ending, task("other", hostile(&other_file, &wait))])];
    // Should the one not end, the other would wait for ever.
    let plan = BuildPlan { timeout_ms: 60_000, ..plan(steps) };
    let ending = plan.outline().iter().position(|line| line.name == "ending").expect("it is there");
    let living = |file: &Path| written(file).into_iter().filter(|pid| is_alive(*pid)).count();
    let work = Work::Build(Arc::new(plan), BuildValues::default(), Default::default());
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut place.slot(), work, cancelled, |event| {
        if matches!(event, Event::StepEnded { step, .. } if *step as usize == ending) {
            assert_eq!(living(&file), 0);
            assert_eq!(living(&other_file), written(&other_file).len(), "the other goes on");
            std::fs::write(&over, "").expect("written");
        }
    })
    .await;
    assert_eq!((written(&file).len(), written(&other_file).len()), (HOSTILE, HOSTILE));
    assert_eq!((living(&file), living(&other_file)), (0, 0), "the end of the build is the end of all");
    assert!(ran.executed.problems.is_empty(), "{:?}", ran.executed.problems);
    ran
}

/// The pids in the file.
fn written(file: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| line.parse().expect("a pid")).collect()
}

#[tokio::test]
async fn of_two_branches_only_the_cancelled_one_ends() {
    let ran = one_branch_ends(|ending, files| {
        let [file, other] = files.map(|file| file.display());
        let all = format!("[ \"$(cat '{file}' '{other}' | wc -l)\" -ge {} ]", 2 * HOSTILE);
        let fails = sh(&format!("until {all}; do sleep 0.01; done; exit 1"));
        in_parallel("one", true, vec![ending, task("fails", fails)])
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Failed);
}

#[tokio::test]
async fn of_two_branches_only_the_one_whose_time_is_over_ends() {
    let ran = one_branch_ends(|ending, _| Step { timeout_ms: 2_000, ..ending }).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert!(ran.steps().contains(&(Status::Failed, Some("timed out after 2s"))), "{:?}", ran.steps());
}

#[tokio::test]
async fn timeouts_fail_the_step_and_name_the_limit() {
    let place = impatient();
    let mut slot = place.slot();
    let mut step = task("t", sh("echo begun; sleep 1000"));
    step.timeout_ms = 100;
    let ran = run(&mut slot, build(vec![step])).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert_eq!(ran.steps(), [(Status::Failed, Some("timed out after 100ms"))]);
    assert!(ran.text(0).starts_with("begun\n"));

    let steps = vec![task("a", sh("true")), task("b", sh("sleep 1000")), task("c", sh("true"))];
    let plan = BuildPlan { timeout_ms: 100, ..plan(steps) };
    let work = Work::Build(Arc::new(plan), BuildValues::default(), Default::default());
    let ran = run(&mut slot, work).await;
    assert_eq!(ran.outcome(), Outcome::Failed);
    assert_eq!(
        ran.steps()[1..],
        [(Status::Failed, Some("the job timed out after 100ms")), (Status::Skipped, None)]
    );
}

#[tokio::test]
async fn a_server_started_in_one_step_is_used_in_the_next() {
    let place = impatient();
    let file = place.path("pids");
    let path = file.to_str().expect("text");
    let server = format!("(while :; do echo tick; sleep 0.01; done) & echo $! >'{path}'; echo started");
    // A hundred more lines of the server: if nobody read its pipe, it would have died of the first.
    let user = format!("sleep 1; kill -0 $(cat '{path}')");
    let ran = run(&mut place.slot(), build(vec![task("server", sh(&server)), task("use", sh(&user))])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.steps());
    assert!(ran.text(0).contains("started"));
    assert!(ran.notes(0).contains("a process that it left running holds its output"), "{}", ran.notes(0));
    assert_eq!((ran.text(1).as_str(), ran.notes(1).as_str()), ("", ""));
    assert!(!is_alive(pids(&file, 1).await[0]), "it lives to the build's end, no longer");
    ran.assert_log_is_gapless(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_builds_only_the_cancelled_one_ends() {
    let place = impatient();
    let (file, other_file) = (place.path("pids"), place.path("others"));
    let (mut slot, mut other_slot) = (place.slot(), place.home.slot(1).expect("a slot"));
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let go_on = place.path("go-on");
    let last = format!("while ! [ -e '{}' ]; do sleep 0.01; done", go_on.display());
    let other = build(vec![task("t", hostile(&other_file, &last))]);
    let other = tokio::spawn(async move { run(&mut other_slot, other).await });
    let other_pids = pids(&other_file, HOSTILE).await;

    let ran = run_with(&mut slot, build(vec![task("t", hostile(&file, "sleep 1000"))]), cancelled, |event| {
        if is_ready(event) {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    let left = pids(&file, HOSTILE).await.into_iter().filter(|pid| is_alive(*pid)).count();
    assert_eq!(left, 0);
    let dead: Vec<_> = other_pids.iter().enumerate().filter(|(_, pid)| !is_alive(**pid)).collect();
    assert!(dead.is_empty(), "the other build goes on: {dead:?} of {other_pids:?}");

    std::fs::write(go_on, "").expect("written");
    let other = other.await.expect("ended");
    assert_eq!(other.outcome(), Outcome::Succeeded, "{:?}", other.steps());
    assert_eq!(other_pids.into_iter().filter(|pid| is_alive(*pid)).count(), 0);
}

#[tokio::test]
async fn a_second_cancel_does_not_wait() {
    let place = Place::with(Settings { grace: Duration::from_secs(3_600), ..Settings::default() });
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let deaf = task("t", sh("set +e; trap 'echo heard' TERM; echo ready; while :; do sleep 0.01; done"));
    let ran = run_with(&mut place.slot(), build(vec![deaf]), cancelled, |event| {
        let Event::Log(frame) = event else { return };
        let text = String::from_utf8_lossy(&frame.data);
        if text.contains("heard") {
            cancel.send_replace(Cancel::SkipHooks);
        } else {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    assert!(ran.text(0).contains("heard"), "it was asked before it was killed");
}

#[tokio::test]
async fn what_a_process_says_while_it_ends_is_kept() {
    let place = Place::new();
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let script = "set +e; trap 'echo cleaned up; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let ran = run_with(&mut place.slot(), build(vec![task("t", sh(script))]), cancelled, |event| {
        if is_ready(event) {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    assert!(ran.text(0).ends_with("cleaned up\n"), "{}", ran.text(0));
}

#[tokio::test]
async fn a_build_cancelled_before_it_begins_runs_nothing() {
    let place = Place::new();
    let (_cancel, cancelled) = watch::channel(Cancel::Now);
    let file = place.path("file");
    let step = task("t", sh(&format!("touch '{}'", file.display())));
    let ran = run_with(&mut place.slot(), build(vec![step]), cancelled, |_| {}).await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);
    assert_eq!(ran.steps(), [(Status::Skipped, None)]);
    assert!(!file.exists());
}

#[tokio::test]
async fn a_build_that_nobody_listens_to_ends() {
    let place = impatient();
    let file = place.path("pids");
    let (sender, mut receiver) = mpsc::channel(1);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let mut slot = place.slot();
    let id = attempt();
    let work = build(vec![task("t", hostile(&file, "sleep 1000"))]);
    let listen = async {
        while receiver.recv().await.is_some_and(|event| !is_ready(&event)) {}
        drop(receiver);
    };
    let (executed, ()) = tokio::join!(execute(&mut slot, &id, work, sender, cancelled), listen);
    assert_eq!(executed.outcome, Outcome::Cancelled);
    let pids = pids(&file, HOSTILE).await;
    assert_eq!(pids.iter().filter(|pid| is_alive(**pid)).count(), 0);
}

#[tokio::test]
async fn an_execution_that_is_dropped_takes_its_process_with_it() {
    let place = Place::new();
    let file = place.path("pids");
    let (sender, _receiver) = mpsc::channel(16);
    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let mut slot = place.slot();
    let id = attempt();
    let script = format!("echo $$ >'{}'; sleep 1000", file.display());
    let work = build(vec![task("t", sh(&script))]);
    let pid = tokio::select! {
        _ = execute(&mut slot, &id, work, sender, cancelled) => panic!("it sleeps"),
        pids = pids(&file, 1) => pids[0],
    };
    until("its process is gone", || !is_alive(pid)).await;
    let ran = run(&mut slot, build(vec![task("t", sh("ls -A"))])).await;
    assert_eq!((ran.outcome(), ran.text(0).as_str()), (Outcome::Succeeded, ""), "the slot is usable again");
}

/// A step whose runner has a `stop`, which writes to the file.
fn with_stop(file: &Path, script: &str) -> Step {
    let mut command = sh(script);
    let stop = format!("echo \"$0\" $BUILD_JOB_NAME. >>'{}'", file.display());
    command.stop = Some(template("/bin/sh", &["-c", &stop, "$step"]));
    command.error_codes = vec![125];
    task("t", command)
}

#[tokio::test]
async fn stop_runs_when_the_process_did_not_end_by_itself() {
    let place = impatient();
    let file = place.path("stopped");
    let mut slot = place.slot();
    let stopped = || std::fs::read_to_string(&file).unwrap_or_default().lines().count();
    let well = run(&mut slot, build(vec![with_stop(&file, "exit 0")])).await;
    let failed = run(&mut slot, build(vec![with_stop(&file, "exit 1")])).await;
    assert_eq!((well.outcome(), failed.outcome(), stopped()), (Outcome::Succeeded, Outcome::Failed, 0));

    let trouble = run(&mut slot, build(vec![with_stop(&file, "exit 125")])).await;
    assert_eq!((trouble.outcome(), stopped()), (Outcome::Errored, 1));
    let killed = run(&mut slot, build(vec![with_stop(&file, "kill -9 $$")])).await;
    assert_eq!((killed.outcome(), stopped()), (Outcome::Failed, 2));
    let mut late = with_stop(&file, "sleep 1000");
    late.timeout_ms = 50;
    let late = run(&mut slot, build(vec![late])).await;
    assert_eq!((late.outcome(), stopped()), (Outcome::Failed, 3));
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(text.lines().all(|line| line.starts_with("pikoci-test-") && line.ends_with("-0 .")), "{text}");
    let records = slot.work().with_file_name("stops");
    assert_eq!(std::fs::read_dir(records).expect("made").count(), 0, "no record is left");
}

#[tokio::test]
async fn a_stop_that_fails_or_hangs_is_told_and_waited_for_no_longer() {
    let settings =
        Settings { stop_timeout: Duration::from_millis(100), grace: Duration::ZERO, ..Settings::default() };
    let place = Place::with(settings);
    let mut slot = place.slot();
    let mut command = sh("kill -9 $$");
    command.stop = Some(template("/bin/sh", &["-c", "echo no such container; exit 1"]));
    let ran = run(&mut slot, build(vec![task("t", command.clone())])).await;
    assert!(ran.notes(0).contains("the `stop` of runner `exec` failed: exit code 1: no such container"));
    command.stop = Some(template("/bin/sh", &["-c", "echo hanging; sleep 1000"]));
    let ran = run(&mut slot, build(vec![task("t", command)])).await;
    assert!(ran.notes(0).contains("it took longer than"), "{}", ran.notes(0));
}
