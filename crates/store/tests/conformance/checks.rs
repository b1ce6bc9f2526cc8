use crate::fixture::{Ledger, due_checks as due, events, version};
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::Wanted;
use pikoci_engine::part::*;
use pikoci_plan::status::Outcome;

pub(crate) fn new_versions_make_their_jobs_due(ledger: &Ledger) {
    let advanced = ledger.check(1, &["a", "b"]);
    let expected = Applied::Advanced {
        due: vec!["job auto".into()],
        new_versions: vec![version("a"), version("b")],
        seal: false,
    };
    assert_eq!(advanced, expected);
    assert_eq!(ledger.known(), ["b", "a"]);
    let none = Applied::Advanced { due: vec![], new_versions: vec![], seal: false };
    assert_eq!(ledger.check(2, &["b"]), none, "nothing new, nothing due");
    assert_eq!(ledger.check(3, &[]), none);
}

pub(crate) fn an_array_with_a_new_version_is_numbered_anew(ledger: &Ledger) {
    ledger.check(1, &["a", "b"]);
    ledger.check(2, &["b", "a", "c"]);
    assert_eq!(ledger.known(), ["c", "a", "b"]);
}

pub(crate) fn a_known_version_that_is_all_there_is_becomes_the_newest_again(ledger: &Ledger) {
    ledger.check(1, &["a", "b", "c"]);
    ledger.check(2, &["a", "b"]);
    assert_eq!(ledger.known(), ["c", "b", "a"], "several known ones move nothing");
    ledger.check(3, &["a"]);
    assert_eq!(ledger.known(), ["a", "c", "b"]);
}

pub(crate) fn a_check_runs_once_at_a_time_and_is_due_again_after_its_interval(ledger: &Ledger) {
    assert_eq!(due(ledger, 1), [1], "the first is due at once");
    let (attempt, first) = ledger.start_check(1, 1);
    let (_, second) = ledger.start_check(1, 2);
    assert_eq!((first, second), (Applied::Yes, Applied::Missed));
    assert_eq!(due(ledger, 1_000_000), [0; 0]);
    assert!(!ledger.check_has_ended(&"check".into(), 1).unwrap());
    ledger
        .apply(Part::Advance(Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 0, 1) }));
    assert!(ledger.check_has_ended(&"check".into(), 1).unwrap());
    assert_eq!((due(ledger, 60_009), due(ledger, 60_010)), (vec![], vec![2]));
    let next = ledger.wanted(Wanted { now_ms: 20, ..Default::default() }).next_check_ms;
    assert_eq!(next, Some(60_010));
}

pub(crate) fn a_request_during_a_check_repeats_it(ledger: &Ledger) {
    let request = || ledger.apply(Part::RequestCheck { resource: "app".into(), at_ms: 10 });
    let (attempt, _) = ledger.start_check(1, 1);
    assert_eq!(request(), Applied::Requested { check: "check".into(), number: 2 });
    assert_eq!(
        request(),
        Applied::Requested { check: "check".into(), number: 2 },
        "they share one repetition"
    );
    ledger
        .apply(Part::Advance(Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 0, 1) }));
    assert_eq!(due(ledger, 10), [2]);
    ledger.check(2, &[]);
    assert_eq!(due(ledger, 10), [0; 0]);
    assert_eq!(request(), Applied::Requested { check: "check".into(), number: 3 });
    assert_eq!(due(ledger, 10), [3]);
    let unknown = Part::RequestCheck { resource: "unknown".into(), at_ms: 10 };
    assert_eq!(ledger.apply(unknown), Applied::Missed);
}

pub(crate) fn a_failed_check_stores_nothing_and_says_why(ledger: &Ledger) {
    let (attempt, _) = ledger.start_check(1, 1);
    ledger.apply(Part::Advance(Advance {
        versions: Some((vec![version("a")], false)),
        result: Some(Ending { message: Some("no such host".into()), ..Outcome::Errored.into() }),
        ..events(&attempt, 0, 2)
    }));
    let shown = ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap();
    assert_eq!(
        (shown.check_error.as_deref(), shown.newest, shown.checking),
        (Some("no such host"), None, false)
    );
    ledger.check(2, &["a"]);
    let shown = ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap();
    assert_eq!((shown.check_error, shown.newest.unwrap().version), (None, version("a")));
}

pub(crate) fn versions_and_result_may_come_apart(ledger: &Ledger) {
    let (attempt, _) = ledger.start_check(1, 1);
    let found = Advance { versions: Some((vec![version("a")], true)), ..events(&attempt, 0, 1) };
    ledger.apply(Part::Advance(found));
    assert_eq!(ledger.known(), [""; 0], "not before the check has succeeded");
    ledger
        .apply(Part::Advance(Advance { result: Some(Outcome::Succeeded.into()), ..events(&attempt, 1, 2) }));
    assert_eq!(ledger.known(), ["a"]);
    assert_eq!(due(ledger, 10), [2], "there was more");
}

pub(crate) fn what_a_job_took_is_not_next(ledger: &Ledger) {
    let facts = |ledger: &Ledger| {
        let wanted = Wanted { jobs: vec!["job auto".into()], ..Default::default() };
        ledger.wanted(wanted).jobs.remove(&"job auto".into()).unwrap().inputs.remove(0)
    };
    ledger.check(1, &["a", "b"]);
    let input = facts(ledger);
    assert_eq!(
        (input.mark, input.newest.as_ref().map(|newest| newest.version.clone())),
        (None, Some(version("b")))
    );
    let taken = input.newest.unwrap();
    let build = CreateBuild {
        id: "b1".into(),
        job: "job auto".into(),
        cause: Cause::manual("x"),
        inputs: Some(vec![BuildInput {
            name: "input".into(),
            resource: "app".into(),
            resource_name: "git.app".into(),
            version_id: taken.id.clone(),
            order: taken.order,
            version: taken.version.clone(),
        }]),
        at_ms: 5,
        start: None,
    };
    ledger.apply(Part::CreateBuild(build));
    ledger.check(2, &["b", "c", "d"]);
    let input = facts(ledger);
    let next: Vec<_> = input.next.iter().map(|next| next.version.clone()).collect();
    assert_eq!(input.mark.unwrap().version, version("b"));
    assert_eq!(next, [version("c"), version("d")]);
    assert_eq!(ledger.shown("b1").inputs[0].version, version("b"));
}
