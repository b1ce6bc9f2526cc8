//! Caution: while no server answers the worker, what must not happen twice does not begin.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Options, Settings, Work, execute_to, steady_ms};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Action, BuildPlan, Hooks, Put, Step};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::BuildValues;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::sync::{mpsc, watch};

fn put(script: &str) -> Step {
    let put = Put { resource: resource("app"), push: Some(sh(script)), attributes: BTreeMap::new() };
    step("put", Action::Put(put))
}

/// The plan, of which it is certain until then that it is still this worker's.
fn sure(plan: &BuildPlan, until: &watch::Sender<u64>) -> Work {
    let options = Options { sure_until: Some(until.subscribe()), ..Options::default() };
    Work::Build(Arc::new(plan.clone()), BuildValues::default(), options)
}

const WAITS: &[u8] = b"waiting until a server answers this worker";

#[tokio::test]
async fn a_put_waits_and_of_a_careful_plan_every_step_does() {
    let place = Place::new();
    for (careful, expected) in
        [(false, ["t", "waits", "put"].as_slice()), (true, &["waits", "t", "waits", "put"])]
    {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let steps = vec![task("t", sh(&lines.say("t"))), put(&lines.say("put"))];
        let plan = BuildPlan { careful, ..plan(steps) };
        let (until, _) = watch::channel(0);
        let (_cancel, cancelled) = watch::channel(Cancel::No);
        let ran = run_with(&mut place.slot(), sure(&plan, &until), cancelled, |event| {
            if says(event, WAITS) {
                std::fs::write(
                    place.path("lines"),
                    [lines.read(), vec!["waits\n".into()]].concat().join("\n"),
                )
                .expect("written");
                until.send_replace(u64::MAX);
            } else if says(event, b"a server has answered") {
                // And is silent again.
                until.send_replace(steady_ms());
            }
        })
        .await;
        assert_eq!(ran.outcome(), Outcome::Succeeded);
        assert_eq!(lines.read(), expected, "careful: {careful}");
    }
}

#[tokio::test]
async fn while_servers_answer_nothing_waits() {
    let place = Place::new();
    let plan = BuildPlan { careful: true, ..plan(vec![task("t", sh("true")), put("true")]) };
    let (until, _) = watch::channel(steady_ms() + 1_000_000);
    let ran = run(&mut place.slot(), sure(&plan, &until)).await;
    assert_eq!(
        (ran.outcome(), ran.notes(0), ran.notes(1)),
        (Outcome::Succeeded, String::new(), String::new())
    );
}

#[tokio::test]
async fn what_ends_a_build_ends_the_wait_and_hooks_run_but_for_puts() {
    let place = Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() });
    for (cancel_by, outcome) in [(Cancel::Now, Outcome::Cancelled), (Cancel::Stop, Outcome::Errored)] {
        let lines = Lines::new(&place);
        let _ = std::fs::remove_file(place.path("lines"));
        let steps = vec![put(&lines.say("put"))];
        let ensure = vec![hook("tidy", sh(&lines.say("tidy"))), put(&lines.say("put in a hook"))];
        let hooks = Hooks { ensure, ..Hooks::default() };
        let plan = numbered(BuildPlan { careful: true, hooks, ..plan(steps) });
        let (until, _) = watch::channel(0);
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let ran = run_with(&mut place.slot(), sure(&plan, &until), cancelled, |event| {
            if says(event, WAITS) {
                cancel.send_replace(cancel_by);
            }
        })
        .await;
        assert_eq!((ran.outcome(), ran.is_stopped()), (outcome, cancel_by == Cancel::Stop));
        assert_eq!(lines.read(), ["tidy"]);
        let (status, message) = *ran.steps().last().expect("the put of the hook");
        assert_eq!(status, Status::Errored);
        assert!(message.is_some_and(|message| message.starts_with("not begun: ")), "{message:?}");
    }
}

#[tokio::test]
async fn a_wait_takes_no_time_of_any_limit() {
    let place = Place::new();
    let step = Step { timeout_ms: 3_600_000, ..put("true") };
    let plan = BuildPlan { timeout_ms: 3_600_000, ..plan(vec![step]) };
    let (until, _) = watch::channel(0);
    let (work, (_cancel, cancelled)) = (sure(&plan, &until), watch::channel(Cancel::No));
    // On the slot's thread, whose clock the limits go by.
    let take = async move |mut events: mpsc::Receiver<Event>| {
        let mut seen = Vec::new();
        while let Some(event) = events.recv().await {
            if says(&event, WAITS) {
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(7_200)).await;
                tokio::time::resume();
                until.send_replace(u64::MAX);
            }
            seen.push(event);
        }
        seen
    };
    let (mut slot, id) = (place.slot(), attempt());
    let (executed, events) = execute_to(&mut slot, &id, work, cancelled, take).await;
    slot.clear(&id).expect("cleared");
    let ran = Ran { events: events.expect("the thread lived"), executed };
    let waited = ran.notes(0).contains("a server has answered");
    assert!(waited, "it has not waited at all");
    assert_eq!(ran.steps(), [(Status::Succeeded, None)]);
}
