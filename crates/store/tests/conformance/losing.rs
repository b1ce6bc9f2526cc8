//! Attempts that are lost, workers that stop, and leases that end.

use crate::fixture::{Ledger, assignment, end, events, holds, job, pipeline};
use pikoci_engine::facts::{CancelWish, Lease, Wanted};
use pikoci_engine::part::*;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::{Outcome, Status};

/// `hand` is retried.
fn with_retry(ledger: &Ledger) {
    let jobs = vec![JobSpec { retry: true, ..job("hand", vec![]) }, job("other", vec![])];
    ledger.apply(Part::SetPipeline(Box::new(pipeline("retry", jobs))));
}

fn lose(ledger: &Ledger, attempt: &AttemptId, fate: Fate, released: bool) -> Applied {
    ledger.apply(Part::Lose { attempt: attempt.clone(), fate, released, at_ms: 50 })
}

fn cancel(ledger: &Ledger, build: &str) {
    let wish = CancelWish::Cancel;
    ledger.apply(Part::Cancel { build: build.into(), wish, by: "ann".into(), at_ms: 20 });
}

/// Makes and starts a build of a job; the ask is the build's number among those of a test.
fn run(ledger: &Ledger, job: &str, id: &str, ask: u64) -> AttemptId {
    let build = crate::fixture::by_hand(id, job, id);
    ledger.apply(Part::CreateBuild(build));
    assert_eq!(ledger.start_with(id, (job, ask), &[]), Applied::Yes);
    AttemptId(format!("{id}-{ask}"))
}

/// State and message of a build, and whether it could start.
fn state(ledger: &Ledger, build: &str) -> (Status, Option<String>, bool) {
    let shown = ledger.shown(build);
    let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); 99], ..Default::default() }).queue;
    let waits = queue.iter().flat_map(|job| &job.builds).any(|waits| waits.build == build.into());
    (shown.status, shown.message, waits)
}

pub(crate) fn what_becomes_of_the_build_of_a_lost_attempt(ledger: &Ledger) {
    with_retry(ledger);
    let (pending, errored, cancelled) = (Status::Pending, Status::Errored, Status::Cancelled);
    let table = [
        // job, cancelled, fate, released → state, message, could start
        ("hand", false, Fate::Lost, true, pending, None, true),
        ("hand", false, Fate::Lost, false, pending, None, false),
        ("hand", true, Fate::Lost, true, cancelled, Some("cancelled by ann"), false),
        ("hand", false, Fate::Again, true, pending, None, true),
        ("other", false, Fate::Lost, true, errored, Some("worker lost"), false),
        ("other", false, Fate::Lost, false, errored, Some("worker lost"), false),
        ("other", true, Fate::Lost, false, cancelled, Some("cancelled by ann"), false),
        ("other", false, Fate::Again, true, pending, None, true),
        ("other", true, Fate::Again, true, cancelled, Some("cancelled by ann"), false),
    ];
    for (ask, (job, wish, fate, released, status, message, starts)) in (1..).zip(table) {
        let id = format!("b{ask}");
        let attempt = run(ledger, job, &id, ask);
        if wish {
            cancel(ledger, &id);
        }
        let case = format!("{job}, cancelled {wish}, {fate:?}, released {released}");
        assert_eq!(lose(ledger, &attempt, fate, released), Applied::Yes, "{case}");
        assert_eq!(state(ledger, &id), (status, message.map(str::to_owned), starts), "{case}");
        assert_eq!(lose(ledger, &attempt, fate, released), Applied::Missed, "{case}");
    }
}

pub(crate) fn what_becomes_of_a_build_whose_worker_had_to_stop(ledger: &Ledger) {
    with_retry(ledger);
    let (pending, errored) = (Status::Pending, Status::Errored);
    let table = [
        // job, a step was begun, outcome, cancelled → state, message
        ("hand", true, Outcome::Errored, false, pending, None),
        ("hand", false, Outcome::Errored, false, pending, None),
        ("other", false, Outcome::Cancelled, false, pending, None),
        ("other", true, Outcome::Errored, false, errored, Some("worker stopped")),
        ("other", true, Outcome::Cancelled, false, errored, Some("worker stopped")),
        ("other", false, Outcome::Errored, true, Status::Cancelled, Some("cancelled by ann")),
        ("hand", true, Outcome::Succeeded, false, Status::Succeeded, None),
        ("hand", true, Outcome::Failed, false, Status::Failed, None),
    ];
    for (ask, (job, begun, outcome, wish, status, message)) in (1..).zip(table) {
        let id = format!("b{ask}");
        let attempt = run(ledger, job, &id, ask);
        if wish {
            cancel(ledger, &id);
        }
        let step = StepChange {
            step: 0,
            position: 0,
            status: Status::Running,
            at_ms: 5,
            message: None,
            warning: false,
        };
        ledger.apply(Part::Advance(Advance {
            steps: begun.then_some(step).into_iter().collect(),
            result: Some(Ending { stopped: true, ..outcome.into() }),
            ..events(&attempt, 0, 2)
        }));
        let case = format!("{job}, begun {begun}, {outcome}, cancelled {wish}");
        let expected = (status, message.map(str::to_owned), status == pending);
        assert_eq!(state(ledger, &id), expected, "{case}");
    }
}

pub(crate) fn a_build_is_lost_twice_at_most(ledger: &Ledger) {
    with_retry(ledger);
    ledger.create("b1", "one");
    for (ask, status) in [(1, Status::Pending), (2, Status::Pending), (3, Status::Errored)] {
        let (attempt, applied) = ledger.start("b1", ask);
        assert_eq!(applied, Applied::Yes);
        // That it never began costs nothing.
        lose(ledger, &attempt, Fate::Again, true);
        let (attempt, _) = ledger.start("b1", ask + 10);
        lose(ledger, &attempt, Fate::Lost, true);
        assert_eq!(ledger.shown("b1").status, status, "ask {ask}");
    }
}

pub(crate) fn the_log_of_a_lost_attempt_is_still_there_after_a_retry(ledger: &Ledger) {
    with_retry(ledger);
    let first = run(ledger, "hand", "b1", 1);
    let frames = crate::fixture::frames(0, 1, 100);
    ledger.apply(Part::Advance(Advance { frames, ..events(&first, 0, 1) }));
    lose(ledger, &first, Fate::Lost, true);
    let (second, _) = ledger.start("b1", 2);
    ledger.apply(end(&second, 0, Outcome::Succeeded));
    assert_eq!(ledger.shown("b1").attempt, Some(second));
    assert_eq!(ledger.log_from(&first, 0, 9).unwrap()[0].bytes.len(), 100);
}

pub(crate) fn a_lease_ends_only_where_its_worker_stood_still(ledger: &Ledger) {
    let leases = || ledger.wanted(Wanted { leases: true, ..Default::default() }).leases;
    let lease = |session, n| Lease { worker: "worker".into(), session, n };
    let end_lease = |session, n| ledger.apply(Part::EndLease { lease: lease(session, n), at_ms: 50 });
    assert_eq!(leases(), [lease(1, 1)], "one that is idle may vanish as well");
    ledger.running("b1");
    ledger.running("b22");
    let (check, _) = ledger.start_check(1, 7);
    assert_eq!(leases(), [lease(1, 1)]);
    ledger.session(1, 5);
    ledger.session(1, 4);
    assert_eq!(leases(), [lease(1, 5)], "an older State takes nothing back");
    assert_eq!(end_lease(1, 1), Applied::Missed);
    assert_eq!(end_lease(2, 5), Applied::Missed);
    assert_eq!(ledger.shown("b1").status, Status::Running);
    assert_eq!(end_lease(1, 5), Applied::Touched(vec!["b1".into(), "b22".into()]));
    assert_eq!(end_lease(1, 5), Applied::Missed);
    assert_eq!((ledger.shown("b1").status, leases()), (Status::Errored, vec![]));
    assert_eq!(crate::fixture::due_checks(ledger, 50), [2], "the check is wanted again");
    let unreleased = || ledger.wanted(Wanted { leases: true, ..Default::default() }).unreleased;
    assert_eq!(unreleased(), ["b1-1002".into(), "b22-1003".into(), check]);
    assert_eq!(ledger.apply(Part::Release { attempt: "b1-1002".into(), at_ms: 9 }), Applied::Yes);
    assert_eq!(ledger.apply(Part::Release { attempt: "b1-1002".into(), at_ms: 9 }), Applied::Missed);
    assert_eq!(unreleased().len(), 2);
}

pub(crate) fn a_worker_that_is_gone_for_a_day_is_forgotten(ledger: &Ledger) {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let known = |at_ms| {
        ledger.sweep(at_ms).unwrap();
        ledger.workers(0).unwrap().len()
    };
    let end_lease = || {
        let lease = ledger.wanted(Wanted { leases: true, ..Default::default() }).leases.remove(0);
        ledger.apply(Part::EndLease { lease, at_ms: 50 })
    };
    assert_eq!(known(9 * DAY_MS), 1, "its lease stands");
    ledger.running("b1");
    end_lease();
    assert_eq!(known(9 * DAY_MS), 1, "its processes may still be there");
    ledger.apply(Part::Release { attempt: "b1-1002".into(), at_ms: 9 });
    assert_eq!(known(DAY_MS), 1);
    assert_eq!(known(DAY_MS + 2), 0);
    assert_eq!(ledger.session(1, 1), Applied::Yes, "it may come back");
}

pub(crate) fn the_lease_of_a_session_is_that_of_the_sessions_before_too(ledger: &Ledger) {
    ledger.running("b1");
    ledger.session(2, 1);
    let leases = ledger.wanted(Wanted { leases: true, ..Default::default() }).leases;
    assert_eq!(leases, [Lease { worker: "worker".into(), session: 2, n: 1 }]);
    let lost = ledger.apply(Part::EndLease { lease: leases[0].clone(), at_ms: 50 });
    assert_eq!(lost, Applied::Touched(vec!["b1".into()]));
    assert_eq!(ledger.session(1, 9), Applied::Missed);
    assert_eq!(ledger.session(2, 2), Applied::Yes);
    ledger.create("b2", "two");
    let mut to = assignment(&"again".into(), 1, "hand", 60);
    to.ask.session = 2;
    let start = StartBuild { build: "b2".into(), to, holds: vec![] };
    assert_eq!(ledger.apply(Part::StartBuild(start)), Applied::Yes, "a State brings the lease back");
}

pub(crate) fn what_a_lost_attempt_holds_stays_its_own_until_it_is_released(ledger: &Ledger) {
    let hand = JobSpec { retry: true, concurrency: 1, ..job("hand", vec![]) };
    ledger.apply(Part::SetPipeline(Box::new(pipeline("one at a time", vec![hand]))));
    for id in ["b1", "b2"] {
        ledger.create(id, id);
    }
    let queue = ledger.wanted(Wanted { queue: vec![Vec::new(); 1], ..Default::default() }).queue;
    let key = format!("{}0", queue[0].info.places[0].0);
    assert_eq!(ledger.start_with("b1", ("hand", 1), &[&key]), Applied::Yes);
    assert_eq!(ledger.apply(Part::Release { attempt: "b1-1".into(), at_ms: 9 }), Applied::Missed, "it runs");
    lose(ledger, &"b1-1".into(), Fate::Lost, false);
    assert_eq!(state(ledger, "b1"), (Status::Pending, None, false));
    let holders = holds(ledger, &["job hand"]);
    assert_eq!((holders[&key].lost, holders[&key].build.as_str()), (true, "hand #1"));
    assert_eq!(ledger.start_with("b2", ("hand", 2), &[&key]), Applied::Missed);
    assert_eq!(ledger.start_with("b1", ("hand", 2), &[]), Applied::Missed);
    assert_eq!(ledger.apply(Part::Release { attempt: "b1-1".into(), at_ms: 9 }), Applied::Yes);
    assert_eq!((state(ledger, "b1"), holds(ledger, &["job hand"]).len()), ((Status::Pending, None, true), 0));
    assert_eq!(ledger.start_with("b1", ("hand", 2), &[&key]), Applied::Yes);
    cancel(ledger, "b1");
    ledger.apply(end(&"b1-2".into(), 0, Outcome::Cancelled));
    assert_eq!(state(ledger, "b1"), (Status::Cancelled, Some("cancelled by ann".into()), false));
}

pub(crate) fn a_build_that_waits_for_processes_to_be_gone_can_be_cancelled(ledger: &Ledger) {
    with_retry(ledger);
    let attempt = run(ledger, "hand", "b1", 1);
    lose(ledger, &attempt, Fate::Lost, false);
    cancel(ledger, "b1");
    assert_eq!(ledger.shown("b1").status, Status::Cancelled);
    assert_eq!(ledger.apply(Part::Release { attempt, at_ms: 9 }), Applied::Yes);
    assert_eq!(ledger.shown("b1").status, Status::Cancelled);
}

pub(crate) fn what_the_ledger_knows_of_a_worker(ledger: &Ledger) {
    with_retry(ledger);
    let running = run(ledger, "hand", "b1", 1);
    let lost = run(ledger, "hand", "b2", 2);
    lose(ledger, &lost, Fate::Lost, false);
    let ended = |id, ask| {
        let attempt = run(ledger, "other", id, ask);
        ledger.apply(end(&attempt, 0, Outcome::Succeeded));
        attempt
    };
    let (on_ask, held, both, forgotten) = (ended("b3", 3), ended("b4", 4), ended("b5", 5), ended("b6", 6));
    let (check, _) = ledger.start_check(1, 7);
    let attempts = |worker: &str, asks: &[u64], held: &[&AttemptId]| {
        let held = held.iter().map(|attempt| (*attempt).clone()).collect();
        let wanted = pikoci_engine::facts::WorkerWanted {
            worker: worker.into(),
            session: 1,
            asks: asks.to_vec(),
            held,
        };
        ledger.wanted(Wanted { workers: vec![wanted], ..Default::default() }).attempts
    };
    let mut known = attempts("worker", &[3, 5, 99], &[&held, &both, &running, &"unknown".into()]);
    known.sort_by(|a, b| a.attempt.cmp(&b.attempt));
    let told: Vec<_> = known.iter().map(|of| (of.attempt.clone(), of.running, of.released)).collect();
    let expected = [
        (running, true, false),
        (lost, false, false),
        (on_ask, false, true),
        (held, false, true),
        (both, false, true),
        (check, true, false),
    ];
    assert_eq!(told, expected);
    assert!(known.iter().all(|of| of.attempt != forgotten));
    assert_eq!((known[0].ask, known[0].n, known[0].session), (1, 1, 1));
    assert_eq!(attempts("another", &[3], &[&expected[0].0]), [], "of its own only");
}
