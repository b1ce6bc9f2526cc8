use crate::fixture::{
    INTERVAL_MS, Ledger, both_jobs, by_hand, due_checks as due, end, events, frames, pipeline, plan, version,
};
use pikoci_engine::facts::Wanted;
use pikoci_engine::part::*;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::Outcome;

/// When something is due next.
fn next_ms(ledger: &Ledger, now_ms: u64) -> Option<u64> {
    ledger.wanted(Wanted { now_ms, ..Default::default() }).next_check_ms
}

fn request(ledger: &Ledger, at_ms: u64) -> Applied {
    ledger.apply(Part::RequestCheck { resource: "app".into(), wanted_ms: at_ms })
}

/// A run of the check that ends so, at `at_ms`.
fn run(ledger: &Ledger, number: u64, ending: Ending, at_ms: u64) -> Applied {
    let (attempt, started) = ledger.start_check(number, 1_000 + number);
    assert_eq!(started, Applied::Yes);
    ledger.apply(Part::Advance(Advance { result: Some(ending), at_ms, ..events(&attempt, 0, 1) }))
}

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
    let next = next_ms(ledger, 20).unwrap();
    assert!((10 + INTERVAL_MS / 2..=10 + INTERVAL_MS * 3 / 2).contains(&next), "{next}");
    assert_eq!((due(ledger, next - 1), due(ledger, next)), (vec![], vec![2]));
    let facts =
        ledger.wanted(Wanted { checks: vec![vec!["net".into()]], now_ms: next, ..Default::default() });
    assert_eq!(facts.due_checks[0].tags, ["net"]);
}

pub(crate) fn a_check_that_no_worker_can_do_keeps_nothing_from_others(ledger: &Ledger) {
    let resource = |name: &str, tags: &[&str]| {
        let check = CheckSpec {
            id: format!("check {name}").into(),
            key: [name.as_bytes()[0]; 32],
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..pipeline("", vec![]).resources.remove(0).check.unwrap()
        };
        ResourceSpec { id: name.into(), name: name.into(), check: Some(check), ..ResourceSpec::default() }
    };
    ledger.apply(Part::SetPipeline(Box::new(SetPipeline {
        resources: vec![
            resource("first", &["gpu"]),
            resource("second", &["gpu"]),
            resource("third", &[]),
            resource("other", &["arm", "net"]),
        ],
        ..pipeline("tags", vec![])
    })));
    let due = |asks: &[&[&str]]| {
        let checks = asks.iter().map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect()).collect();
        let facts = ledger.wanted(Wanted { checks, now_ms: 10, ..Default::default() });
        let mut due: Vec<_> = facts.due_checks.iter().map(|check| check.check.to_string()).collect();
        due.sort();
        due
    };
    let none: [&str; 0] = [];
    assert_eq!(due(&[]), none);
    assert_eq!(due(&[&[]]), ["check third"]);
    assert_eq!(due(&[&["net"]]), ["check third"]);
    assert_eq!(due(&[&["net", "arm"], &[]]), ["check other", "check third"]);
    assert_eq!(due(&[&["gpu"], &["gpu"], &[]]), ["check first", "check second", "check third"]);
}

pub(crate) fn a_request_during_a_check_repeats_it(ledger: &Ledger) {
    let request = || ledger.apply(Part::RequestCheck { resource: "app".into(), wanted_ms: 10 });
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
    // One more run answers who asked, even if the one before has failed.
    let (attempt, _) = ledger.start_check(3, 3);
    assert_eq!(request(), Applied::Requested { check: "check".into(), number: 4 });
    ledger.apply(end(&attempt, 0, Outcome::Failed));
    assert_eq!(due(ledger, 10), [4]);
    let (attempt, _) = ledger.start_check(4, 4);
    ledger.apply(end(&attempt, 0, Outcome::Failed));
    assert_eq!(due(ledger, 10), [0; 0]);
    let unknown = Part::RequestCheck { resource: "unknown".into(), wanted_ms: 10 };
    assert_eq!(ledger.apply(unknown), Applied::Missed);
}

pub(crate) fn a_check_that_is_wanted_later_is_made_then_or_when_somebody_cannot_wait(ledger: &Ledger) {
    let succeed = |attempt: &AttemptId| {
        ledger.apply(Part::Advance(Advance {
            result: Some(Outcome::Succeeded.into()),
            ..events(attempt, 0, 1)
        }))
    };
    ledger.check(1, &[]);
    // Before its interval, which is longer.
    assert_eq!(request(ledger, 2_000), Applied::Requested { check: "check".into(), number: 2 });
    assert_eq!((due(ledger, 1_999), due(ledger, 2_000)), (vec![], vec![2]));
    request(ledger, 9_000);
    assert_eq!(due(ledger, 2_000), [2], "what is wanted later puts nothing off");
    // While it runs.
    let (attempt, _) = ledger.start_check(2, 2);
    request(ledger, 3_000);
    request(ledger, 4_000);
    succeed(&attempt);
    assert_eq!((due(ledger, 2_999), due(ledger, 3_000)), (vec![], vec![3]), "then it is repeated");
    let (attempt, _) = ledger.start_check(3, 3);
    request(ledger, 5_000);
    request(ledger, 20);
    succeed(&attempt);
    assert_eq!(due(ledger, 20), [4], "or at once, if somebody wants it now");
    ledger.check(4, &[]);
    assert_eq!(due(ledger, 5_000), [0; 0], "which stands for the later one too");
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

/// A run that brings these versions, and whether there are more. What it was given as the newest.
fn part(ledger: &Ledger, number: u64, found: &[&str], more: bool) -> Option<String> {
    let facts =
        ledger.wanted(Wanted { checks: vec![vec!["net".into()]], now_ms: 1_000_000, ..Default::default() });
    let (attempt, started) = ledger.start_check(number, 1_000 + number);
    assert_eq!(started, Applied::Yes);
    let versions = found.iter().map(|text| version(text)).collect();
    ledger.apply(Part::Advance(Advance {
        versions: Some((versions, more)),
        result: Some(Outcome::Succeeded.into()),
        ..events(&attempt, 0, 1)
    }));
    facts.due_checks[0].newest.as_ref().map(|newest| newest.get("ref").unwrap().to_owned())
}

pub(crate) fn a_long_answer_without_the_newest_version_is_read_to_its_end(ledger: &Ledger) {
    ledger.check(1, &["a", "b", "c", "gone"]);
    assert_eq!(part(ledger, 2, &["a", "b"], true).as_deref(), Some("gone"));
    assert_eq!(due(ledger, 10), [3], "at once");
    // One that is lost changes nothing.
    let (attempt, _) = ledger.start_check(3, 3);
    ledger.apply(Part::Lose { attempt, fate: Fate::Lost, released: true, at_ms: 10 });
    assert_eq!(part(ledger, 4, &["b", "c"], true).as_deref(), Some("b"));
    assert_eq!(part(ledger, 5, &["c", "d"], false).as_deref(), Some("c"));
    assert_eq!((due(ledger, 10), ledger.known()[0].as_str()), (vec![], "d"));
    assert_eq!(part(ledger, 6, &["a", "b"], true).as_deref(), Some("d"), "then all is as before");
}

pub(crate) fn a_check_that_tells_the_same_again_and_again_fails(ledger: &Ledger) {
    let shown = || ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap();
    part(ledger, 1, &["a", "b"], true);
    assert_eq!((due(ledger, 10), shown().check_error), (vec![2], None));
    part(ledger, 2, &["a", "b"], true);
    assert_eq!(due(ledger, 10), [0; 0], "it does not run on and on");
    assert!(shown().check_error.unwrap().contains("again the same ones"));
    assert_eq!(part(ledger, 3, &["b", "c"], false).as_deref(), Some("b"));
    assert_eq!(shown().check_error, None);
}

pub(crate) fn what_a_job_took_is_not_next(ledger: &Ledger) {
    let facts = |ledger: &Ledger| {
        let wanted = Wanted { jobs: vec!["job auto".into()], ..Default::default() };
        ledger.wanted(wanted).jobs.remove(&"job auto".into()).unwrap().inputs.remove(0)
    };
    ledger.check(1, &["a", "b"]);
    let input = facts(ledger);
    assert_eq!(
        (input.marks.get("").cloned(), input.newest.as_ref().map(|newest| newest.version.clone())),
        (None, Some(version("b")))
    );
    let taken = input.newest.unwrap();
    let input = BuildInput {
        name: "input".into(),
        resource: "app".into(),
        resource_name: "git.app".into(),
        version_id: taken.id.clone(),
        order: taken.order,
        version: taken.version.clone(),
    };
    let build = CreateBuild { inputs: vec![input], at_ms: 5, ..by_hand("b1", "auto", "x") };
    ledger.apply(Part::CreateBuild(build));
    ledger.check(2, &["b", "c", "d"]);
    let input = facts(ledger);
    let next: Vec<_> = input.next.iter().map(|next| next.version.clone()).collect();
    assert_eq!(input.marks[""].version, version("b"));
    assert_eq!(next, [version("c"), version("d")]);
    assert_eq!(ledger.shown("b1").inputs[0].version, version("b"));
}

pub(crate) fn a_check_that_fails_is_made_less_often_but_for_who_asks(ledger: &Ledger) {
    let mut now = 1_000_000;
    for (number, intervals) in (1..).zip([2, 4, 8, 10, 10]) {
        run(ledger, number, Outcome::Failed.into(), now);
        let wait = next_ms(ledger, now).unwrap() - now;
        let interval = intervals * INTERVAL_MS;
        assert!((interval / 2..=interval * 3 / 2).contains(&wait), "{wait} after {number} failures");
        now += 1_000;
    }
    request(ledger, now);
    assert_eq!(due(ledger, now), [6], "who asks does not wait");
    run(ledger, 6, Outcome::Errored.into(), now);
    assert!(next_ms(ledger, now).unwrap() >= now + 5 * INTERVAL_MS, "and nobody else is served by that");
    request(ledger, now);
    run(ledger, 7, Outcome::Succeeded.into(), now);
    assert!(next_ms(ledger, now).unwrap() <= now + INTERVAL_MS * 3 / 2, "it is well again");
}

pub(crate) fn a_check_on_demand_is_made_only_when_it_is_wanted(ledger: &Ledger) {
    let mut set = pipeline("on demand", both_jobs());
    set.resources[0].on_demand = true;
    ledger.apply(Part::SetPipeline(Box::new(set.clone())));
    ledger.check(1, &["a"]);
    let never = u64::MAX >> 2;
    assert_eq!((due(ledger, never), next_ms(ledger, 1)), (vec![], None));
    assert_eq!(request(ledger, 50), Applied::Requested { check: "check".into(), number: 2 });
    assert_eq!(due(ledger, 50), [2]);
    run(ledger, 2, Outcome::Failed.into(), 60);
    assert_eq!(due(ledger, never), [0; 0]);
    request(ledger, 9_000);
    set.source = "another text".into();
    ledger.apply(Part::SetPipeline(Box::new(set)));
    assert_eq!((due(ledger, 8_999), due(ledger, 9_000)), (vec![], vec![3]), "a revision forgets no wish");
}

pub(crate) fn a_check_whose_worker_is_lost_or_stops_is_wanted_again(ledger: &Ledger) {
    let (attempt, _) = ledger.start_check(1, 1);
    ledger.apply(Part::Lose { attempt, fate: Fate::Lost, released: false, at_ms: 20 });
    assert_eq!((due(ledger, 19), due(ledger, 20)), (vec![], vec![2]));
    run(ledger, 2, Ending { stopped: true, ..Outcome::Errored.into() }, 30);
    assert_eq!((due(ledger, 29), due(ledger, 30)), (vec![], vec![3]));
    let shown = ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap();
    assert_eq!(shown.check_error, None, "that says nothing of the resource");
}

pub(crate) fn who_waits_for_a_check_that_is_lost_waits_for_the_next(ledger: &Ledger) {
    let mut set = pipeline("on demand", both_jobs());
    set.resources[0].on_demand = true;
    ledger.apply(Part::SetPipeline(Box::new(set)));
    ledger.check(1, &["a"]);
    let waits = CreateBuild { ready: false, needs: vec!["app".into()], ..by_hand("b1", "auto", "b1") };
    ledger.apply(Part::CreateBuild(waits));
    let waiting = || {
        let job = "job auto".into();
        let wanted = Wanted { jobs: vec![job], ..Default::default() };
        let facts = ledger.wanted(wanted).jobs.into_values().next().unwrap();
        let why = ledger.why_facts(&"job auto".into()).unwrap().unwrap();
        let said = why.pending[0].waits_for.len();
        assert_eq!(facts.unresolved[0].waits_for.len(), said, "decisions and people read the same");
        let ended = ledger.check_has_ended(&"check".into(), 2).unwrap();
        (said == 1, ended)
    };
    let (attempt, _) = ledger.start_check(2, 2);
    ledger.apply(Part::Lose { attempt, fate: Fate::Lost, released: false, at_ms: 20 });
    assert_eq!(waiting(), (true, false));
    run(ledger, 3, Ending { stopped: true, ..Outcome::Errored.into() }, 30);
    assert_eq!(waiting(), (true, false));
    run(ledger, 4, Outcome::Failed.into(), 40);
    assert_eq!(waiting(), (true, true), "one that failed has ended, but nobody has seen anything");
    request(ledger, 50);
    run(ledger, 5, Outcome::Succeeded.into(), 50);
    assert_eq!(waiting(), (false, true));
    request(ledger, 60);
    let (attempt, _) = ledger.start_check(6, 6);
    assert_eq!(waiting(), (false, true), "a later run takes nothing back");
    ledger.apply(end(&attempt, 0, Outcome::Failed));
    assert_eq!(waiting(), (false, true));
}

pub(crate) fn a_check_starts_as_it_was_read(ledger: &Ledger) {
    assert_eq!(ledger.start_check(2, 1).1, Applied::Missed, "another number");
    let mut set = pipeline("another plan", both_jobs());
    set.resources[0].check.as_mut().unwrap().plan = Some(plan("new"));
    ledger.apply(Part::SetPipeline(Box::new(set)));
    assert_eq!(ledger.start_check(1, 1).1, Applied::Missed);
    ledger.apply(Part::SetPipeline(Box::new(pipeline("first", both_jobs()))));
    ledger.session(2, 1);
    assert_eq!(ledger.start_check(1, 1).1, Applied::Missed, "a session that is over");
    assert_eq!(due(ledger, 10), [1]);
}

pub(crate) fn who_waits_for_a_check_hears_of_its_end(ledger: &Ledger) {
    ledger.check(1, &["a"]);
    let due_jobs = || {
        let wanted = Wanted { due_jobs: true, ..Default::default() };
        ledger.wanted(wanted).jobs.into_keys().map(|job| job.to_string()).collect::<Vec<_>>()
    };
    let decided = |ledger: &Ledger| ledger.sabotage("UPDATE jobs SET decided = changes, due = 0").unwrap();
    decided(ledger);
    run(ledger, 2, Outcome::Failed.into(), 20);
    assert_eq!(due_jobs(), [""; 0], "nobody waits");
    let waits = CreateBuild { ready: false, needs: vec!["app".into()], ..by_hand("b1", "auto", "b1") };
    ledger.apply(Part::CreateBuild(waits));
    decided(ledger);
    assert_eq!(due(ledger, 30), [3], "its check is wanted");
    let advanced = run(ledger, 3, Outcome::Failed.into(), 30);
    let expected = Applied::Advanced { due: vec!["job auto".into()], new_versions: vec![], seal: false };
    assert_eq!((advanced, due_jobs()), (expected, vec!["job auto".to_owned()]));
}

pub(crate) fn requests_make_no_rows(ledger: &Ledger) {
    let (attempt, _) = ledger.start_check(1, 1);
    let asked: Vec<_> =
        (0..1_000).map(|_| Part::RequestCheck { resource: "app".into(), wanted_ms: 10 }).collect();
    let answer = Applied::Requested { check: "check".into(), number: 2 };
    assert!(ledger.commit(&asked).unwrap().iter().all(|applied| *applied == answer));
    ledger.apply(end(&attempt, 0, Outcome::Succeeded));
    assert_eq!(due(ledger, 10), [2]);
    ledger.check(2, &[]);
    assert_eq!(due(ledger, 10), [0; 0], "one run answers all");
}

pub(crate) fn old_runs_are_removed_a_few_at_a_time(ledger: &Ledger) {
    let mut attempts = Vec::new();
    for number in 1..=150 {
        attempts.push(ledger.start_check(number, number).0);
        ledger.apply(end(&attempts[attempts.len() - 1], 0, Outcome::Succeeded));
    }
    attempts.push(ledger.start_check(151, 151).0);
    let left = || ledger.wanted(Wanted { positions: attempts.clone(), ..Default::default() }).positions.len();
    assert!(!ledger.sweep(10 + 10 * 60 * 1000).unwrap());
    assert_eq!(left(), 151, "ten minutes are not over");
    assert!(ledger.sweep(11 + 10 * 60 * 1000).unwrap());
    assert_eq!(left(), 51);
    while ledger.sweep(1_000_000).unwrap() {}
    assert_eq!(left(), 1, "what runs stays");
}

pub(crate) fn what_was_sealed_of_a_run_goes_with_it(ledger: &Ledger) {
    let (attempt, _) = ledger.start_check(1, 1);
    let frames = frames(0, 3, 40_000);
    let ends = Advance { frames, result: Some(Outcome::Succeeded.into()), ..events(&attempt, 0, 4) };
    ledger.apply(Part::Advance(ends));
    assert!(ledger.seal(&attempt, 20).unwrap());
    let build = ledger.running("b1");
    let objects = || {
        let directory = ledger.path().map(|path| path.with_extension("db.logs"));
        directory.map_or(0, |directory| std::fs::read_dir(directory).unwrap().count())
    };
    assert_eq!(objects(), usize::from(ledger.path().is_some()));
    while ledger.sweep(1_000_000).unwrap() {}
    assert_eq!(objects(), 0);
    assert_eq!(ledger.inspect("SELECT attempt_id FROM log_segments", &[]).unwrap(), [""; 0]);
    assert_eq!(ledger.inspect("SELECT id FROM attempts", &[]).unwrap(), [build.as_str()]);
}

pub(crate) fn a_check_that_nobody_uses_is_forgotten(ledger: &Ledger) {
    let count =
        |table: &str| ledger.inspect(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}"), &[]).unwrap();
    ledger.check(1, &["a"]);
    let mut set = pipeline("moved", both_jobs());
    for resource in &mut set.resources {
        if let Some(check) = &mut resource.check {
            (check.id, check.key, check.plan) = ("other".into(), [2; 32], Some(plan("other")));
        }
    }
    ledger.apply(Part::SetPipeline(Box::new(set)));
    let sweep = |at_ms| while ledger.sweep(at_ms).unwrap() {};
    let plans = count("plans");
    sweep(100_000);
    assert_eq!((count("checks"), count("plans")), (vec!["2".to_owned()], plans), "ten minutes are not over");
    sweep(1_000_000);
    assert_eq!(ledger.inspect("SELECT id FROM checks", &[]).unwrap(), ["other"]);
    assert_eq!(ledger.inspect("SELECT hash FROM plans WHERE hash LIKE '%check'", &[]).unwrap(), [""; 0]);
    assert_eq!(ledger.known(), ["a"]);
    ledger.apply(Part::SetPipeline(Box::new(pipeline("back", both_jobs()))));
    assert_eq!(ledger.check(1, &["a"]), Applied::Advanced { due: vec![], new_versions: vec![], seal: false });
}
