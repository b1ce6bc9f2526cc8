//! `CACHE_DIR`: outlives builds, and has one writer at a time.
#![expect(clippy::expect_used, reason = "the helpers of a test may panic")]

mod support;

use pikoci_executor::{Cancel, Options, Settings, Work};
use pikoci_plan::plan::{Action, Command, Get, Put, Step};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::sync::watch;

fn cached(pull: Command) -> Step {
    let mut resource = resource("app");
    resource.cache = true;
    step("app", Action::Get(Get { resource, directory: "app".to_owned(), pull: Some(pull) }))
}

fn with_version(steps: Vec<Step>) -> Work {
    let inputs = BTreeMap::from([("app".to_owned(), Version::from([("ref", "a")]))]);
    Work::Build(Arc::new(plan(steps)), BuildValues { inputs, ..BuildValues::default() }, Options::default())
}

#[tokio::test]
async fn what_one_build_leaves_the_next_finds_and_other_parameters_have_their_own() {
    let place = Place::new();
    let mut slot = place.slot();
    let pull = || sh("cat \"$CACHE_DIR/kept\" 2>/dev/null || echo empty; echo kept >\"$CACHE_DIR/kept\"");
    for expected in ["empty\n", "kept\n"] {
        let ran = run(&mut slot, with_version(vec![cached(pull())])).await;
        assert_eq!((ran.outcome(), ran.text(0).as_str()), (Outcome::Succeeded, expected));
    }
    // A put and a check of the same resource share it.
    let mut resource = resource("app");
    resource.cache = true;
    let push = sh("cat \"$CACHE_DIR/kept\" >&2");
    let put = step(
        "put",
        Action::Put(Put { resource: resource.clone(), push: Some(push), attributes: BTreeMap::new() }),
    );
    assert_eq!(run(&mut slot, with_version(vec![put])).await.text(0), "kept\n");
    let Work::Check(mut plan, values, given) = check(sh("cat \"$CACHE_DIR/kept\" >&2; echo '[]'")) else {
        unreachable!("a check")
    };
    plan.resource.cache = true;
    assert_eq!(run(&mut slot, Work::Check(plan, values, given)).await.text(0), "kept\n");

    let mut other = cached(pull());
    if let Action::Get(get) = &mut other.action {
        get.resource.params.insert("branch".to_owned(), "dev".into());
    }
    assert_eq!(run(&mut slot, with_version(vec![other])).await.text(0), "empty\n");
    let without = get("app", Some(sh("echo \"${CACHE_DIR-none}\"")));
    assert_eq!(run(&mut slot, with_version(vec![without])).await.text(0), "none\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_one_writer_at_a_time_and_who_waits_says_so_and_can_be_cancelled() {
    let place = Place::with(Settings { grace: Duration::from_millis(200), ..Settings::default() });
    let lines = Lines::new(&place);
    let go_on = place.path("go-on");
    let pull = format!(
        "{}; while ! [ -e '{}' ]; do sleep 0.01; done; {}",
        lines.say("in"),
        go_on.display(),
        lines.say("out")
    );
    let (mut slot, mut second, mut third) =
        (place.slot(), place.home.slot(1).expect("a slot"), place.home.slot(2).expect("a slot"));
    let holder = with_version(vec![cached(sh(&pull))]);
    let holder = tokio::spawn(async move { run(&mut slot, holder).await });
    lines.until("in").await;

    let (cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut second, with_version(vec![cached(sh("true"))]), cancelled, |event| {
        if says(event, b"waits for the cache of `git.app`, which another build") {
            cancel.send_replace(Cancel::Now);
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Cancelled);

    let (_cancel, cancelled) = watch::channel(Cancel::No);
    let ran = run_with(&mut third, with_version(vec![cached(sh(&lines.say("third")))]), cancelled, |event| {
        if says(event, b"waits for the cache") {
            std::fs::write(&go_on, "").expect("written");
        }
    })
    .await;
    assert_eq!(ran.outcome(), Outcome::Succeeded);
    assert_eq!(holder.await.expect("ended").outcome(), Outcome::Succeeded);
    assert_eq!(lines.read(), ["in", "out", "third"]);
}

#[tokio::test]
async fn gets_of_one_resource_side_by_side_take_turns() {
    let place = Place::new();
    let lines = Lines::new(&place);
    let pull = || cached(sh(&format!("{}; sleep 0.1; {}", lines.say("in"), lines.say("out"))));
    let steps = vec![pull(), pull()];
    let both =
        step("both", Action::InParallel(pikoci_plan::plan::InParallel { limit: 0, fail_fast: false, steps }));
    let ran = run(&mut place.slot(), with_version(vec![both])).await;
    assert_eq!(ran.outcome(), Outcome::Succeeded, "{:?}", ran.steps());
    assert_eq!(lines.read(), ["in", "out", "in", "out"]);
}
