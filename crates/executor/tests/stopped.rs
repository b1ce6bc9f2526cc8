//! A worker that stops: what runs is errored, with all that follows an end, and says why.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Settings};
use pikoci_plan::plan::{Action, BuildPlan, Hooks, InParallel, Step};
use pikoci_plan::status::{Outcome, Status};
use std::time::Duration;
use support::*;
use tokio::sync::watch;

fn impatient() -> Place {
    Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() })
}

/// Runs the plan, and stops it when something in it says `ready`.
async fn stopped(place: &Place, plan: &BuildPlan) -> Ran {
    let (cancel, cancelled) = watch::channel(Cancel::No);
    run_with(&mut place.slot(), work(plan), cancelled, |event| {
        if says(event, b"ready") {
            cancel.send_replace(Cancel::Stop);
        }
    })
    .await
}

/// A step that waits for ever.
fn waits(name: &str) -> Step {
    task(name, sh("echo ready; sleep 1000"))
}

#[tokio::test]
async fn what_runs_is_errored_and_its_hooks_follow() {
    let place = impatient();
    let lines = Lines::new(&place);
    let say = |word: &str| vec![hook(word, sh(&lines.say(&format!("{word} $BUILD_STATUS"))))];
    let hooks = Hooks {
        on_error: say("on_error"),
        on_cancel: say("on_cancel"),
        ensure: say("ensure"),
        ..Hooks::default()
    };
    let step = Step { attempts: 3, ..waits("t") };
    let plan = numbered(BuildPlan { hooks, ..plan(vec![step, task("u", sh("true"))]) });
    let ran = stopped(&place, &plan).await;
    assert_eq!((ran.result(), ran.is_stopped()), ((Outcome::Errored, Some("worker stopped")), true));
    assert_eq!(ran.story(&plan)[..3], ["t", "t errored: worker stopped", "u skipped"]);
    assert_eq!(lines.read(), ["on_error errored", "ensure errored"]);
}

#[tokio::test]
async fn the_stop_decides_only_where_nothing_was_decided_before() {
    let place = impatient();
    let slow = || vec![waits("slow")];
    let with = |step: Step, hooks: Hooks| numbered(BuildPlan { hooks, ..plan(vec![step]) });
    let side_by_side = |fail_fast, steps| {
        let parallel = InParallel { limit: 0, fail_fast, steps };
        plan(vec![step("both", Action::InParallel(parallel))])
    };
    let stops = (Outcome::Errored, true);
    let cases = [
        (
            "a step of a hook runs after success",
            with(task("t", sh("true")), Hooks { on_success: slow(), ..Hooks::default() }),
            stops,
        ),
        (
            "the command of a hook runs after success",
            with(
                task("t", sh("true")),
                Hooks { on_success: vec![hook("h", sh("echo ready; sleep 1000"))], ..Hooks::default() },
            ),
            (Outcome::Succeeded, false),
        ),
        (
            "a hook runs after a failure",
            with(task("t", sh("exit 1")), Hooks { on_failure: slow(), ..Hooks::default() }),
            (Outcome::Failed, false),
        ),
        (
            "a hook runs after trouble",
            with(task("t", exec("no-such-program", &[])), Hooks { on_error: slow(), ..Hooks::default() }),
            (Outcome::Errored, false),
        ),
        ("steps run side by side", side_by_side(false, vec![waits("a"), task("b", sh("sleep 1000"))]), stops),
        (
            "each is the end of the other",
            side_by_side(true, vec![waits("a"), task("b", sh("sleep 1000"))]),
            stops,
        ),
    ];
    for (what, plan, expected) in cases {
        let ran = stopped(&place, &plan).await;
        assert_eq!((ran.outcome(), ran.is_stopped()), expected, "{what}: {:?}", ran.story(&plan));
    }
}

#[tokio::test]
async fn a_build_that_is_stopped_before_it_begins_starts_nothing() {
    let place = Place::new();
    let (_cancel, cancelled) = watch::channel(Cancel::Stop);
    let ran = run_with(&mut place.slot(), build(vec![task("t", sh("true"))]), cancelled, |_| {}).await;
    assert_eq!((ran.result(), ran.is_stopped()), ((Outcome::Errored, Some("worker stopped")), true));
    assert_eq!(ran.steps(), [(Status::Skipped, None)]);
}

#[tokio::test]
async fn a_cancel_after_the_stop_is_a_cancel() {
    let place = impatient();
    let hooks = Hooks { on_error: vec![hook("h", sh("echo hooked; sleep 1000"))], ..Hooks::default() };
    let plan = numbered(BuildPlan { hooks, ..plan(vec![waits("t")]) });
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut place.slot(), work(&plan), cancelled, |event| {
        if says(event, b"ready") {
            cancel.send_replace(Cancel::Stop);
        } else if says(event, b"hooked") {
            cancel.send_replace(Cancel::SkipHooks);
        }
    })
    .await;
    assert_eq!(ran.story(&plan)[..3], ["t", "t errored: worker stopped", "h"]);
    assert_eq!(ran.outcome(), Outcome::Errored, "its step had ended so before");
}

#[tokio::test]
async fn a_check_is_stopped_too() {
    let place = impatient();
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut place.slot(), check(sh("echo ready >&2; sleep 1000")), cancelled, |event| {
        if says(event, b"ready") {
            cancel.send_replace(Cancel::Stop);
        }
    })
    .await;
    assert_eq!((ran.result(), ran.is_stopped()), ((Outcome::Errored, Some("worker stopped")), true));
}
