//! The end of a worker: what runs, what was on its way, what is left.

use crate::bed::{Bed, go, task};
use pikoci_plan::status::Outcome;
use pikoci_worker::{Config, Stop};
use std::time::Duration;

const SUCCEEDED: (Outcome, Option<&str>, bool) = (Outcome::Succeeded, None, false);
const STOPPED: (Outcome, Option<&str>, bool) = (Outcome::Errored, Some("worker stopped"), true);

/// Drains, and waits until the server knows.
async fn drain(bed: &Bed, deadline: Option<Duration>) {
    bed.stop(Stop::Drain { deadline });
    bed.server.until("it drains", |known| known.newest()?.draining.then_some(())).await;
}

#[tokio::test]
async fn what_runs_goes_on_to_its_end_and_nothing_else_begins() {
    let mut bed = Bed::with(Config { slots: 3, tags: vec!["gpu".into()], ..Config::default() });
    let job = bed.waits_for("go");
    bed.give("a", &job).await;
    bed.give("b", &job).await;
    let (session, tags) = bed
        .server
        .until("a State", |known| known.newest().map(|state| (state.session, state.tags.clone())))
        .await;
    assert_eq!(tags, ["gpu"]);
    bed.server.says("b", "ready").await;
    drain(&bed, None).await;
    let state = bed.server.until("a State", |known| known.newest().cloned()).await;
    assert_eq!((state.session, state.builds, state.held.len()), (session + 1, vec![], 2));

    std::fs::write(bed.path("go"), "").unwrap();
    bed.ended().await;
    bed.server.change(|known| {
        assert_eq!((known.result("a"), known.result("b")), (Some(SUCCEEDED), Some(SUCCEEDED)));
    });
}

#[tokio::test]
async fn a_go_that_was_on_its_way_starts_nothing_and_is_not_held() {
    let mut bed = Bed::start();
    let running = bed.waits_for("go");
    bed.give("a", &running).await;
    let state = bed
        .server
        .until("a State", |known| known.newest().filter(|state| state.builds.len() == 1).cloned())
        .await;
    let (worker, ask) = (state.worker.clone(), state.builds[0]);
    drain(&bed, None).await;
    let job = task("t", &format!("touch {}", bed.path("ran").display()));
    let late = go("late", &job, state.session, ask);
    bed.server.send(&worker, &late);
    std::fs::write(bed.path("go"), "").unwrap();
    bed.ended().await;
    assert!(!bed.path("ran").exists());
    bed.server.change(|known| {
        assert!(known.states.iter().all(|state| !state.held.contains(&"late".into())));
        assert_eq!(known.result("a"), Some(SUCCEEDED));
    });
}

#[tokio::test]
async fn after_the_deadline_it_is_errored_with_its_hooks_and_its_services_stopped() {
    let mut bed = Bed::start();
    let job = format!(
        "service_type \"s\" {{\n{}{}}}\njob \"j\" {{\nservice \"s\" \"db\" {{}}\n{}{}{}{}}}\n",
        bed.says("start", "started"),
        bed.says("stop", "stopped"),
        bed.waits_for("never"),
        bed.says("on_error", "on_error"),
        bed.says("on_cancel", "on_cancel"),
        bed.says("ensure", "ensure"),
    );
    bed.give("a", &job).await;
    bed.server.says("a", "ready").await;
    drain(&bed, Some(Duration::from_millis(50))).await;
    bed.ended().await;
    assert_eq!(bed.read("said"), "started\non_error\nensure\nstopped\n");
    bed.server.change(|known| assert_eq!(known.result("a"), Some(STOPPED)));
}

#[tokio::test]
async fn a_cancel_ends_a_drain_and_a_second_one_skips_hooks() {
    for (word, said) in [(Stop::Cancel, "on_cancel\n"), (Stop::CancelHard, "")] {
        let mut bed = Bed::start();
        let job = bed.waits_for("never") + &bed.says("on_cancel", "on_cancel");
        bed.give("a", &job).await;
        bed.server.says("a", "ready").await;
        drain(&bed, None).await;
        bed.stop(word);
        bed.ended().await;
        assert_eq!(bed.read("said"), said);
        bed.server.change(|known| assert_eq!(known.result("a"), Some((Outcome::Cancelled, None, false))));
    }
}

#[tokio::test]
async fn an_idle_worker_ends_at_once_and_its_next_session_is_a_higher_one() {
    let mut bed = Bed::start();
    bed.server.until("a State", |known| known.newest().map(drop)).await;
    drain(&bed, None).await;
    bed.ended().await;
    let last = bed.server.until("a State", |known| known.newest().map(|state| state.session)).await;
    bed.restart();
    bed.give("a", &task("t", "true")).await;
    let next = bed.server.until("a State", |known| known.newest().map(|state| state.session)).await;
    assert!(next > last, "{next} {last}");
}
