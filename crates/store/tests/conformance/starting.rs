//! A build starts as it was read, or not at all.

use crate::fixture::{
    Ledger, automatic, both_jobs, by_hand, end, holds, job, pipeline, plan, without_inputs,
};
use pikoci_engine::facts::{Holder, Interruptible, Lease, Wanted};
use pikoci_engine::part::*;
use pikoci_plan::status::{Outcome, Status};

/// A session of the worker that takes no more work, or does.
fn drain(ledger: &Ledger, draining: bool) {
    let worker = "worker".into();
    ledger.apply(Part::Session { worker, session: 1, n: 1, tags: vec![], draining, at_ms: 1 });
}

fn pause(ledger: &Ledger, of: Paused, paused: bool) {
    assert_eq!(ledger.apply(Part::Pause { of, paused, by: "ann".into(), at_ms: 4 }), Applied::Yes);
}

fn set(ledger: &Ledger, source: &str, jobs: Vec<JobSpec>) {
    ledger.apply(Part::SetPipeline(Box::new(pipeline(source, jobs))));
}

/// A change after which a build does not start that was read before, and what takes it back.
type Spoiler = (&'static str, fn(&Ledger), fn(&Ledger));

const SPOILERS: [Spoiler; 6] = [
    (
        "the job has another plan",
        |ledger| set(ledger, "new plan", vec![JobSpec { plan: plan("other"), ..job("hand", vec![]) }]),
        |ledger| set(ledger, "first", both_jobs()),
    ),
    (
        "the job is gone",
        |ledger| set(ledger, "no job", vec![job("other", vec![])]),
        |ledger| set(ledger, "first", both_jobs()),
    ),
    (
        "the job is paused",
        |ledger| pause(ledger, Paused::Job("job hand".into()), true),
        |ledger| pause(ledger, Paused::Job("job hand".into()), false),
    ),
    (
        "the pipeline is paused",
        |ledger| pause(ledger, Paused::Pipeline("pipeline".into()), true),
        |ledger| pause(ledger, Paused::Pipeline("pipeline".into()), false),
    ),
    ("the worker drains", |ledger| drain(ledger, true), |ledger| drain(ledger, false)),
    (
        "the lease is over",
        |ledger| {
            let lease = Lease { worker: "worker".into(), session: 1, n: 1 };
            assert_eq!(ledger.apply(Part::EndLease { lease, at_ms: 4 }), Applied::Touched(vec![]));
        },
        |ledger| drain(ledger, false),
    ),
];

pub(crate) fn a_build_does_not_start_once_what_was_read_has_changed(ledger: &Ledger) {
    for (at, (what, spoil, take_back)) in (1..).zip(SPOILERS) {
        let build = format!("b{at}");
        ledger.create(&build, &build);
        spoil(ledger);
        assert_eq!(ledger.start_with(&build, ("hand", at), &["key"]), Applied::Missed, "{what}");
        assert_eq!(ledger.shown(&build).status, Status::Pending, "{what}");
        take_back(ledger);
        // Neither the ask nor the hold was used.
        assert_eq!(ledger.start_with(&build, ("hand", at), &["key"]), Applied::Yes, "after {what}");
        ledger.apply(end(&format!("{build}-{at}").as_str().into(), 0, Outcome::Succeeded));
    }
}

pub(crate) fn what_runs_of_a_pipeline_and_what_was_started_last_is_known(ledger: &Ledger) {
    ledger.create("b1", "one");
    ledger.start("b1", 1);
    set(ledger, "second", both_jobs());
    ledger.create("b2", "two");
    ledger.start("b2", 2);
    let facts = ledger.wanted(Wanted {
        queue: vec![Vec::new(); 1],
        jobs: vec!["job hand".into()],
        ..Default::default()
    });
    let info = &facts.jobs[&"job hand".into()].info;
    assert_eq!((info.pipeline_running, info.pipeline_served.as_str()), (2, "b2-2"));
}

pub(crate) fn a_hold_has_one_owner(ledger: &Ledger) {
    let grouped = |name: &str, groups: &[&str]| JobSpec {
        serial_groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        concurrency: 2,
        ..job(name, vec![])
    };
    set(ledger, "groups", vec![grouped("hand", &["a", "b"]), grouped("other", &["b"])]);
    ledger.create("b1", "one");
    ledger.apply(Part::CreateBuild(by_hand("b2", "other", "two")));
    let keys = |name: &str| {
        let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); 9], ..Default::default() }).queue;
        let info = queue.into_iter().find(|job| job.info.name == name).unwrap().info;
        let places = info.places.iter().map(|(prefix, _)| format!("{prefix}0"));
        let mut keys: Vec<_> = info.groups.iter().cloned().chain(places).collect();
        keys.sort();
        keys
    };
    let (hand, other) = (keys("hand"), keys("other"));
    let shared = hand.iter().find(|key| other.contains(key)).unwrap();
    let start = |build: &str, job: &str, ask, keys: &[String]| {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        ledger.start_with(build, (job, ask), &keys)
    };
    assert_eq!(start("b2", "other", 1, &other), Applied::Yes);
    assert_eq!(start("b1", "hand", 2, &hand), Applied::Missed, "the other has {shared}");
    let holder =
        |build: &str, attempt: &str| Holder { attempt: attempt.into(), build: build.into(), lost: false };
    let all = |keys: &[String], holder: &Holder| {
        keys.iter().map(|key| (key.clone(), holder.clone())).collect::<std::collections::BTreeMap<_, _>>()
    };
    let jobs = ["job hand", "job other"];
    assert_eq!(holds(ledger, &jobs), all(&other, &holder("other #1", "b2-1")), "none of its own stayed");
    ledger.apply(end(&"b2-1".into(), 0, Outcome::Failed));
    assert_eq!(holds(ledger, &jobs), all(&[], &holder("", "")), "its end frees them");
    assert_eq!(start("b1", "hand", 2, &hand), Applied::Yes);
    assert_eq!(holds(ledger, &jobs), all(&hand, &holder("hand #1", "b1-2")));
    assert_eq!(holds(ledger, &["job auto"]), all(&[], &holder("", "")), "only those that are named");
}

pub(crate) fn where_a_newer_build_counts_an_older_one_does_not_start_after_it(ledger: &Ledger) {
    let set_auto = |source, interruptible| {
        let auto = JobSpec { interruptible, ..without_inputs().remove(0) };
        set(ledger, source, vec![auto, job("hand", vec![])]);
    };
    set_auto("waiting", Interruptible::Waiting);
    for (id, space) in [("b1", ""), ("b2", "branch"), ("b3", ""), ("b4", "")] {
        ledger.apply(Part::CreateBuild(automatic(id, space)));
    }
    ledger.apply(Part::CreateBuild(by_hand("b0", "auto", "x")));
    assert_eq!(ledger.start_with("b3", ("auto", 3), &[]), Applied::Yes);
    let overtaken = || {
        let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); 9], ..Default::default() }).queue;
        let builds = queue.into_iter().flat_map(|job| job.builds);
        builds.map(|build| (build.build.to_string(), build.overtaken_by)).collect::<Vec<_>>()
    };
    let expected = [("b0", None), ("b1", Some(3)), ("b2", None), ("b4", None)];
    assert_eq!(overtaken(), expected.map(|(id, by)| (id.to_owned(), by)));
    for (id, ask, applied) in [
        ("b1", 1, Applied::Missed),
        ("b2", 2, Applied::Yes),
        ("b4", 4, Applied::Yes),
        ("b0", 5, Applied::Yes),
    ] {
        assert_eq!(ledger.start_with(id, ("auto", ask), &[]), applied, "{id}");
    }
    // Pending again, it still is the newest that was started.
    let attempt = "b4-4".into();
    ledger.apply(Part::Lose { attempt, fate: Fate::Again, released: true, at_ms: 9 });
    assert_eq!(ledger.start_with("b4", ("auto", 6), &[]), Applied::Yes);
    set_auto("never", Interruptible::Never);
    assert_eq!(overtaken(), [("b1".to_owned(), None)]);
    assert_eq!(ledger.start_with("b1", ("auto", 7), &[]), Applied::Yes);
}

pub(crate) fn the_queue_has_the_oldest_builds_of_each_job(ledger: &Ledger) {
    let queue = |limit| {
        let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); limit], ..Default::default() }).queue;
        let text = |job: &pikoci_engine::facts::QueuedJob| {
            let builds: Vec<_> = job.builds.iter().map(|build| build.build.as_str()).collect();
            format!("{}: {}", job.info.name, builds.join(" "))
        };
        let mut lines: Vec<_> = queue.iter().map(text).collect();
        lines.sort();
        lines
    };
    assert_eq!(queue(9), [""; 0]);
    for id in ["b1", "b2", "b3", "b4"] {
        ledger.create(id, id);
    }
    set(ledger, "no inputs", without_inputs());
    ledger.apply(Part::CreateBuild(automatic("b5", "")));
    ledger.apply(Part::CreateBuild(CreateBuild { ready: false, ..by_hand("b6", "hand", "b6") }));
    ledger.start("b2", 1);
    assert_eq!(queue(2), ["auto: b5", "hand: b1 b3"]);
    assert_eq!(queue(9), ["auto: b5", "hand: b1 b3 b4"]);
}
