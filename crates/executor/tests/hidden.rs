//! Processes that hide all evidence: neither marker nor session nor parent tells whose they are. In a cgroup they
//! are found at once; else by the last build which can have made them, which is only to be seen where no other
//! runs: the one test here.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Settings};
use pikoci_plan::plan::{Command, Step};
use pikoci_plan::status::Outcome;
use std::path::Path;
use std::time::Duration;
use support::*;
use tokio::sync::watch;

/// Starts a process that clears its environment, leads a session of its own and loses its parent.
fn hiding(file: &Path) -> String {
    let report = r#"echo $$ >>"$0"; exec sleep 1000"#;
    let file = file.display();
    format!(
        "(env -i setsid sh -c '{report}' '{file}' >/dev/null 2>&1 &); while ! [ -s '{file}' ]; do sleep 0.01; done"
    )
}

fn step(script: String) -> Step {
    let command: Command = sh(&script);
    task("t", command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_hides_is_found_by_the_last_build_that_can_have_made_it() {
    let settings = Settings { grace: Duration::from_millis(200), ..Settings::default() };
    let place = Place::with(settings);
    let (mut slot, mut other_slot) = (place.slot(), place.home.slot(1).expect("a slot"));

    let alone = place.path("alone");
    let ran = run(&mut slot, build(vec![step(hiding(&alone))])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    assert!(!is_alive(pids(&alone, 1).await[0]), "a build that ran alone leaves nothing");

    let (cancel, cancelled) = watch::channel(Cancel::No);
    let begun = place.path("begun");
    let other = build(vec![step(format!("echo $$ >'{}'; sleep 1000", begun.display()))]);
    let other = tokio::spawn(async move { run_with(&mut other_slot, other, cancelled, |_| {}).await });
    let is_confined = is_confined(pids(&begun, 1).await[0]);
    let beside = place.path("beside");
    let ran = run(&mut slot, build(vec![step(hiding(&beside))])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    let hidden = pids(&beside, 1).await[0];
    assert_eq!(!is_alive(hidden), is_confined, "without a cgroup it may be the other's, which runs on");
    cancel.send_replace(Cancel::Now);
    assert_eq!(other.await.expect("ended").outcome(), Outcome::Cancelled);
    assert!(!is_alive(hidden), "the last of the two has ended it");
}
