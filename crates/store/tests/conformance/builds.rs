use crate::fixture::{Ledger, by_hand, end, events, pipeline, plan, without_inputs};
use pikoci_engine::facts::{CancelWish, Wanted};
use pikoci_engine::part::*;
use pikoci_plan::status::{Outcome, Status};

pub(crate) fn the_colour_of_a_job_is_that_of_its_highest_number(ledger: &Ledger) {
    // Two servers made them, and the clock of the one that was first is ahead.
    for (id, ask, outcome) in [("z", 1, Outcome::Failed), ("a", 2, Outcome::Succeeded)] {
        ledger.create(id, id);
        let (attempt, _) = ledger.start(id, ask);
        ledger.apply(end(&attempt, 0, outcome));
    }
    let names = ledger.job_names(&"pipeline".into()).unwrap();
    let hand = names.into_iter().find(|job| job.name == "hand").unwrap();
    assert_eq!(hand.newest, Some(Status::Succeeded));
}

pub(crate) fn builds_of_a_job_are_numbered_and_made_once_for_one_cause(ledger: &Ledger) {
    assert_eq!(ledger.create("b1", "one"), Applied::Made { number: 1, started: false });
    assert_eq!(ledger.create("b2", "two"), Applied::Made { number: 2, started: false });
    assert_eq!(ledger.create("b3", "one"), Applied::Exists("b1".into()));
    assert_eq!(
        ledger.create("b4", "four"),
        Applied::Made { number: 3, started: false },
        "no number is left out"
    );
    assert_eq!(ledger.build(&"b3".into()).unwrap(), None);
}

pub(crate) fn a_build_starts_once(ledger: &Ledger) {
    ledger.create("b1", "one");
    let (attempt, first) = ledger.start("b1", 1);
    let (_, second) = ledger.start("b1", 2);
    assert_eq!((first, second), (Applied::Yes, Applied::Missed));
    let shown = ledger.shown("b1");
    assert_eq!((shown.status, shown.attempt), (Status::Running, Some(attempt)));
    // What missed left nothing behind: its ask can still be used.
    ledger.create("b2", "two");
    assert_eq!(ledger.start("b2", 2).1, Applied::Yes);
}

pub(crate) fn an_ask_is_used_once(ledger: &Ledger) {
    ledger.create("b1", "one");
    ledger.create("b2", "two");
    assert_eq!(ledger.start("b1", 1).1, Applied::Yes);
    assert_eq!(ledger.start("b2", 1).1, Applied::Missed);
    assert_eq!(ledger.shown("b2").status, Status::Pending);
}

pub(crate) fn a_session_that_is_over_starts_nothing(ledger: &Ledger) {
    ledger.create("b1", "one");
    assert_eq!(ledger.session(2, 1), Applied::Yes);
    assert_eq!(ledger.start("b1", 1).1, Applied::Missed);
    assert_eq!(ledger.session(1, 9), Applied::Missed);
}

pub(crate) fn pending_builds_are_offered_oldest_first(ledger: &Ledger) {
    for build in ["b1", "b2", "b3"] {
        ledger.create(build, build);
    }
    ledger.start("b1", 1);
    let queue = |limit| ledger.wanted(Wanted { queue: vec![Vec::new(); limit], ..Default::default() }).queue;
    let names = |limit| {
        let builds = queue(limit).into_iter().flat_map(|job| job.builds);
        builds.map(|build| build.build.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((names(2), names(1)), (vec!["b2".to_owned(), "b3".into()], vec!["b2".to_owned()]));
    let of_hand = queue(2).remove(0);
    assert_eq!((of_hand.info.plan, of_hand.builds[0].number), (Some(plan("hand").hash), 2));
}

pub(crate) fn a_build_ends_once_and_its_steps_are_kept(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let step = |position, status, at_ms| StepChange {
        step: 0,
        position,
        status,
        at_ms,
        message: None,
        warning: false,
    };
    ledger.apply(Part::Advance(Advance {
        steps: vec![step(0, Status::Running, 100)],
        ..events(&attempt, 0, 1)
    }));
    assert_eq!(ledger.shown("b1").steps[0].status, Status::Running);
    ledger.apply(Part::Advance(Advance {
        steps: vec![step(1, Status::Failed, 130)],
        result: Some(Outcome::Failed.into()),
        ..events(&attempt, 1, 3)
    }));
    let ended = ledger.shown("b1");
    assert_eq!((ended.status, ended.ended_ms, ended.position), (Status::Failed, Some(10), 3));
    assert_eq!((ended.steps[0].started_ms, ended.steps[0].ended_ms), (Some(100), Some(130)));
    let late = Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 3, 4) };
    ledger.apply(Part::Advance(late));
    assert_eq!(ledger.shown("b1").status, Status::Failed, "nothing after the end changes it");
}

pub(crate) fn events_are_taken_only_where_the_attempt_stands(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let result =
        |from, upto| Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, from, upto) };
    assert_eq!(ledger.apply(Part::Advance(result(1, 2))), Applied::Missed);
    assert!(matches!(ledger.apply(Part::Advance(events(&attempt, 0, 2))), Applied::Advanced { .. }));
    assert_eq!(ledger.apply(Part::Advance(result(0, 1))), Applied::Missed);
    assert_eq!(ledger.shown("b1").status, Status::Running);
    assert_eq!(ledger.apply(Part::Advance(events(&"unknown".into(), 0, 1))), Applied::Missed);
    let wanted = Wanted { positions: vec![attempt.clone(), "unknown".into()], ..Default::default() };
    let positions = ledger.wanted(wanted).positions;
    assert_eq!((positions.len(), positions[&attempt].position), (1, 2));
}

pub(crate) fn a_lost_attempt_ends_its_build_or_makes_it_pending_again(ledger: &Ledger) {
    let lose = |attempt: &pikoci_plan::id::AttemptId, fate| {
        ledger.apply(Part::Lose { attempt: attempt.clone(), fate, released: true, at_ms: 50 })
    };
    let (one, two, three) = (ledger.running("b1"), ledger.running("b22"), ledger.running("b333"));
    assert_eq!(lose(&one, Fate::Lost), Applied::Yes);
    assert_eq!(lose(&one, Fate::Lost), Applied::Missed);
    let lost = ledger.shown("b1");
    assert_eq!((lost.status, lost.message.as_deref()), (Status::Errored, Some("worker lost")));

    lose(&two, Fate::Again);
    let again = ledger.shown("b22");
    assert_eq!((again.status, again.attempt, again.started_ms), (Status::Pending, None, None));
    assert_eq!(ledger.start("b22", 7).1, Applied::Yes);

    ledger.apply(Part::Cancel {
        build: "b333".into(),
        wish: CancelWish::Cancel,
        by: String::new(),
        at_ms: 40,
    });
    lose(&three, Fate::Again);
    assert_eq!(ledger.shown("b333").status, Status::Cancelled, "who was cancelled is not tried again");
}

pub(crate) fn trouble_with_a_build_that_is_to_be_cancelled_is_a_cancel(ledger: &Ledger) {
    let lost = || Ending { message: Some("worker lost".into()), ..Outcome::Errored.into() };
    for (build, ending, status) in [
        ("b1", lost(), Status::Cancelled),
        ("b22", Outcome::Failed.into(), Status::Failed),
        ("b333", Outcome::Succeeded.into(), Status::Succeeded),
    ] {
        let attempt = ledger.running(build);
        ledger.apply(Part::Cancel {
            build: build.into(),
            wish: CancelWish::Cancel,
            by: String::new(),
            at_ms: 20,
        });
        ledger.apply(Part::Advance(Advance { result: Some(ending), ..events(&attempt, 0, 1) }));
        assert_eq!(ledger.shown(build).status, status);
    }
    let attempt = ledger.running("b4444");
    ledger.apply(Part::Cancel {
        build: "b4444".into(),
        wish: CancelWish::Cancel,
        by: String::new(),
        at_ms: 20,
    });
    ledger.apply(Part::Lose { attempt, fate: Fate::Lost, released: true, at_ms: 50 });
    let shown = ledger.shown("b4444");
    assert_eq!((shown.status, shown.message.as_deref()), (Status::Cancelled, Some("cancelled")));
}

pub(crate) fn a_pending_build_is_cancelled_at_once_and_a_running_one_on_its_result(ledger: &Ledger) {
    let cancel = |build: &str, wish| {
        ledger.apply(Part::Cancel { build: build.into(), wish, by: "ann".into(), at_ms: 20 })
    };
    ledger.create("b1", "one");
    assert_eq!(cancel("b1", CancelWish::Cancel), Applied::Yes);
    assert_eq!((ledger.shown("b1").status, ledger.shown("b1").ended_ms), (Status::Cancelled, Some(20)));
    assert_eq!(cancel("b1", CancelWish::Cancel), Applied::Missed);
    assert_eq!(ledger.start("b1", 1).1, Applied::Missed);

    let attempt = ledger.running("b22");
    assert_eq!(cancel("b22", CancelWish::Cancel), Applied::Yes);
    assert_eq!(cancel("b22", CancelWish::Cancel), Applied::Missed);
    assert_eq!(cancel("b22", CancelWish::SkipHooks), Applied::Yes);
    assert_eq!((ledger.shown("b22").status, ledger.shown("b22").cancel), (Status::Running, true));
    ledger
        .apply(Part::Advance(Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 0, 1) }));
    assert_eq!(ledger.shown("b22").status, Status::Succeeded, "it was done before it was told");
}

pub(crate) fn a_decision_on_old_facts_makes_nothing(ledger: &Ledger) {
    ledger.apply(Part::SetPipeline(Box::new(pipeline("no inputs", without_inputs()))));
    let facts = |ledger: &Ledger| ledger.wanted(Wanted { due_jobs: true, ..Default::default() }).jobs;
    let due = facts(ledger);
    let auto = &due[&"job auto".into()];
    let decide = |id: &str| {
        let build = CreateBuild { at_ms: 5, ..by_hand(id, "auto", id) };
        Part::Decide(Decide {
            job: "job auto".into(),
            decided: auto.decided,
            changes: auto.changes,
            brakes: auto.brakes,
            builds: vec![build],
            resolved: vec![],
            horizons: vec![],
            caught_up: false,
            more: false,
        })
    };
    assert_eq!(
        ledger.apply(decide("b1")),
        Applied::Decided { builds: vec![("b1".into(), 1, false)], touched: vec![] }
    );
    assert_eq!(ledger.apply(decide("b2")), Applied::Missed);
    assert!(!facts(ledger).contains_key(&"job auto".into()), "it is not due any more");
}
