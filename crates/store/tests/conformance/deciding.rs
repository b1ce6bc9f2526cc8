//! What a decision reads, and what it does: on the engine's own decisions.

use crate::fixture::{Ledger, automatic, by_hand, events, get, job, pipeline, version, without_inputs};
use crate::history::{History, history, input_of};
use pikoci_engine::facts::{CancelWish, Interruptible, JobFacts};
use pikoci_engine::inputs::decide;
use pikoci_engine::part::*;
use pikoci_plan::id::ResourceId;
use pikoci_plan::status::Status;
use pikoci_plan::version::Version;

/// `auto` with its resource changed.
pub(crate) fn with(change: impl Fn(&mut JobSpec, &mut ResourceSpec)) -> SetPipeline {
    let mut set = pipeline("changed", vec![job("auto", vec![get("git.app")]), job("hand", vec![])]);
    change(&mut set.jobs[0], &mut set.resources[0]);
    set
}

fn refs<'a>(stored: impl IntoIterator<Item = &'a pikoci_engine::facts::Stored>) -> Vec<String> {
    stored.into_iter().map(|stored| stored.version.get("ref").unwrap().to_owned()).collect()
}

fn of(space: &str, text: &str) -> Version {
    Version::from([("ref", text), ("branch", space), ("fork", if space == "pr" { "true" } else { "false" })])
}

pub(crate) fn a_job_begins_with_the_newest_and_goes_on_with_each(ledger: &Ledger) {
    let history = history(ledger);
    assert_eq!(history.facts("auto").inputs[0].next, []);
    history.found("app", &["a", "b"]);
    assert_eq!(refs(&history.facts("auto").inputs[0].next), ["b"], "not the backlog");
    assert_eq!(history.decide("auto"), ["auto #1 b"]);
    assert!(!history.is_due("auto"));
    history.found("app", &["c", "d"]);
    let facts = history.facts("auto");
    assert_eq!(refs(&facts.inputs[0].next), ["c", "d"]);
    assert_eq!(
        (refs(&facts.inputs[0].last), refs(facts.inputs[0].marks.values())),
        (vec!["b".into()], vec!["b".into()])
    );
    assert_eq!(history.decide("auto"), ["auto #2 c", "auto #3 d"]);
    assert_eq!(refs(&history.facts("auto").inputs[0].next), [""; 0], "all of it has been looked at");
}

pub(crate) fn more_than_a_decision_reads_is_read_by_the_next(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["first"]);
    history.decide("auto");
    let many: Vec<String> = (0..150).map(|number| format!("v{number}")).collect();
    history.found("app", &many.iter().map(String::as_str).collect::<Vec<_>>());
    let facts = history.facts("auto");
    assert_eq!((facts.inputs[0].next.len(), facts.more), (100, true));
    assert_eq!(history.decide("auto").len(), 100);
    assert!(history.is_due("auto"), "it stays due");
    assert_eq!(history.decide("auto").len(), 50);
    assert!(!history.is_due("auto"));
}

pub(crate) fn each_space_goes_its_own_way(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|_, app| {
        app.space = Some("branch".into());
        app.untrusted = Some("fork".into());
    }));
    history.found_versions("app", &[of("main", "m1"), of("pr", "p1"), of("main", "m2"), of("pr", "p2")]);
    let facts = history.facts("auto");
    let spaces: Vec<_> =
        facts.inputs[0].next.iter().map(|stored| (stored.space.as_str(), stored.untrusted)).collect();
    assert_eq!(spaces, [("main", false), ("pr", true)]);
    assert_eq!(history.decide("auto"), ["auto #1 m2", "auto #2 p2"]);
    let pr = history.build_of("auto", "2");
    assert_eq!((pr.space.as_str(), pr.untrusted), ("pr", true));
    history.found_versions("app", &[of("main", "m3"), of("new", "n1"), of("new", "n2")]);
    let marks = history.facts("auto").inputs.remove(0).marks;
    assert_eq!(refs(marks.values()), ["m2", "p2"], "of the spaces that are named");
    assert_eq!(history.decide("auto"), ["auto #3 m3", "auto #4 n2"], "a new space begins with its newest");
}

pub(crate) fn a_space_with_a_long_name_is_told_apart_all_the_same(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|_, app| app.space = Some("branch".into())));
    let long = |end: &str| of(&format!("{}{end}", "x".repeat(300)), end);
    history.found_versions("app", &[long("a"), long("b")]);
    let rows = ledger.versions(&"app".into(), None, 9).unwrap();
    assert!(rows[0].space != rows[1].space && rows.iter().all(|row| row.space.len() == 64));
}

pub(crate) fn what_comes_from_outside_does_not_start_a_job_with_secrets(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|auto, app| {
        auto.trusted_only = true;
        (app.space, app.untrusted) = (Some("branch".into()), Some("fork".into()));
    }));
    history.found_versions("app", &[of("main", "m1"), of("pr", "p1")]);
    assert_eq!(refs(&history.facts("auto").inputs[0].newest), ["m1"]);
    assert_eq!(history.decide("auto"), ["auto #1 m1"]);
    history.found_versions("app", &[of("pr", "p2")]);
    assert_eq!((history.decide("auto"), history.is_due("auto")), (vec![], false));
}

/// What keeps `auto` from making builds, or lets it go on.
fn stop(history: &History<'_>, way: usize, stop: bool) -> Part {
    match way {
        0 => History::pause(Paused::Job("job auto".into()), stop),
        1 => History::pause(Paused::Pipeline("pipeline".into()), stop),
        _ => history.pin(stop.then_some("newest")),
    }
}

pub(crate) fn after_a_pause_or_a_pin_only_the_newest_counts(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["first"]);
    history.decide("auto");
    for way in 0..3 {
        assert_eq!(ledger.apply(stop(&history, way, true)), Applied::Yes);
        assert_eq!(ledger.apply(stop(&history, way, true)), Applied::Missed, "it is so already");
        let missed = [format!("a{way}"), format!("b{way}"), format!("c{way}")];
        history.found("app", &missed.each_ref().map(String::as_str));
        assert_eq!(history.decide("auto"), [""; 0]);
        assert_eq!(ledger.apply(stop(&history, way, false)), Applied::Yes);
        assert_eq!(ledger.apply(stop(&history, way, false)), Applied::Missed);
        assert!(history.is_due("auto"));
        assert_eq!(history.decide("auto").len(), 1, "{way}");
        assert_eq!(history.decide("auto"), [""; 0]);
        assert!(!history.facts("auto").catch_up);
    }
    assert_eq!(history.build_of("auto", "4").inputs[0].version, version("c2"));
}

pub(crate) fn after_a_pause_of_many_spaces_only_the_newest_of_each_counts(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|_, app| app.space = Some("branch".into())));
    let spaces: Vec<String> = (0..150).map(|number| format!("space {number}")).collect();
    let found = |text: &str| {
        let versions: Vec<_> = spaces.iter().map(|space| of(space, &format!("{space} {text}"))).collect();
        history.found_versions("app", &versions);
    };
    found("a");
    while history.is_due("auto") {
        history.decide("auto");
    }
    ledger.apply(stop(&history, 0, true));
    ["b", "c", "d"].iter().for_each(|text| found(text));
    history.decide("auto");
    ledger.apply(stop(&history, 0, false));
    let mut built = Vec::new();
    while history.is_due("auto") {
        built.extend(history.decide("auto"));
    }
    assert_eq!(built.len(), 150);
    assert!(built.iter().all(|build| build.ends_with(" d")), "{built:?}");
}

pub(crate) fn what_an_input_is_held_at(ledger: &Ledger) {
    let history = history(ledger);
    history.found_versions("app", &[of("main", "a"), of("main", "b"), of("dev", "b")]);
    let held = |facts: &JobFacts| {
        facts.inputs[0]
            .pin
            .clone()
            .map(|pin| (refs(&pin.version), pin.version.map(|it| it.order), pin.text, pin.written))
    };
    assert_eq!(held(&history.facts("auto")), None);
    for (keys, found) in [
        (vec![("ref", "a")], Some(1)),
        (vec![("ref", "b")], Some(3)),
        (vec![("branch", "main"), ("ref", "b")], Some(2)),
        (vec![("ref", "b"), ("branch", "main"), ("fork", "false")], Some(2)),
        (vec![("ref", "none")], None),
    ] {
        let keys: std::collections::BTreeMap<String, String> =
            keys.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        history.set(with(|auto, _| auto.inputs[0].pin = Some(keys.clone())));
        let (_, order, text, written) = held(&history.facts("auto")).unwrap();
        assert_eq!((order, written), (found, true), "{text}");
    }
    history.set(with(|_, _| ()));
    ledger.apply(history.pin(Some("a")));
    let (refs, _, text, written) = held(&history.facts("auto")).unwrap();
    assert_eq!(
        (refs, text.as_str(), written),
        (vec!["a".to_owned()], "branch=main, fork=false, ref=a", false)
    );
    let unknown = Part::Pin {
        resource: "app".into(),
        version: Some("unknown".into()),
        comment: None,
        by: "ann".into(),
        at_ms: 1,
    };
    assert_eq!(ledger.apply(unknown), Applied::Missed);
    let shown = ledger.resources(&"pipeline".into(), Some("git.app")).unwrap().pop().unwrap();
    let pin = shown.pin.unwrap();
    assert_eq!((pin.by.as_str(), pin.comment.as_deref()), ("ann", Some("a reason")));
}

pub(crate) fn a_brake_makes_a_decision_miss(ledger: &Ledger) {
    let history = history(ledger);
    let brakes: [&dyn Fn(); 4] = [
        &|| drop(ledger.apply(History::pause(Paused::Job("job auto".into()), true))),
        &|| drop(ledger.apply(History::pause(Paused::Pipeline("pipeline".into()), true))),
        &|| drop(ledger.apply(history.pin(Some("newest")))),
        &|| drop(history.set(with(|auto, _| auto.tags = vec!["gpu".into()]))),
    ];
    history.found("app", &["a"]);
    for brake in brakes {
        let decision = history.decision("auto");
        brake();
        assert_eq!(ledger.apply(Part::Decide(decision)), Applied::Missed);
    }
    let decision = history.decision("auto");
    history.found("app", &["b"]);
    assert!(matches!(ledger.apply(Part::Decide(decision)), Applied::Decided { .. }), "a version is no brake");
    assert!(history.is_due("auto"), "but is still to be decided on");
}

pub(crate) fn what_a_newer_build_ends(ledger: &Ledger) {
    let history = history(ledger);
    let [mut auto, hand] = <[JobSpec; 2]>::try_from(without_inputs()).unwrap();
    auto.interruptible = Interruptible::Always;
    history.set(pipeline("changed", vec![auto, hand]));
    for id in ["b1", "b2", "b3"] {
        ledger.apply(Part::CreateBuild(automatic(id, "")));
    }
    ledger.apply(Part::CreateBuild(by_hand("b4", "auto", "mine")));
    assert_eq!(ledger.start_with("b1", ("auto", 1), &[]), Applied::Yes);
    let open: Vec<_> =
        history.facts("auto").open.into_iter().map(|open| (open.number, open.attempt.is_some())).collect();
    assert_eq!(open, [(1, true), (2, false), (3, false)], "those that versions made");
    let newer = CreateBuild {
        supersedes: vec!["b2".into(), "b3".into()],
        interrupts: vec!["b1".into()],
        ..automatic("b5", "")
    };
    assert_eq!(ledger.apply(Part::CreateBuild(newer.clone())), Applied::Made { number: 5, started: false });
    let (running, pending, mine) = (ledger.shown("b1"), ledger.shown("b2"), ledger.shown("b4"));
    assert_eq!((running.status, running.cancel), (Status::Running, true));
    assert_eq!(running.cancel_reason.as_deref(), Some("superseded by #5"));
    assert_eq!((pending.status, pending.message.as_deref()), (Status::Cancelled, Some("superseded by #5")));
    assert_eq!(mine.status, Status::Pending);
    let again = CreateBuild { supersedes: vec!["b4".into()], ..newer };
    assert_eq!(ledger.apply(Part::CreateBuild(again)), Applied::Exists("b5".into()));
    assert_eq!(ledger.shown("b4").status, Status::Pending, "what was made before ends nothing");
}

pub(crate) fn an_older_build_that_starts_while_a_newer_one_is_decided_on_is_interrupted_too(ledger: &Ledger) {
    let history = history(ledger);
    for (kind, interrupted) in [(Interruptible::Always, true), (Interruptible::Waiting, false)] {
        history.set(with(|auto, _| (auto.inputs, auto.interruptible) = (vec![], kind)));
        let [older, newer] = ["older", "newer"].map(|name| format!("{name} {interrupted}"));
        ledger.apply(Part::CreateBuild(automatic(&older, "")));
        // Who decides has seen it wait.
        let create = CreateBuild { supersedes: vec![older.as_str().into()], ..automatic(&newer, "") };
        assert_eq!(ledger.start_with(&older, ("auto", 1 + u64::from(interrupted)), &[]), Applied::Yes);
        ledger.apply(Part::CreateBuild(create));
        let shown = ledger.shown(&older);
        assert_eq!((shown.status, shown.cancel), (Status::Running, interrupted), "{kind:?}");
        ledger.sabotage("UPDATE builds SET status = 'cancelled'").unwrap();
    }
}

pub(crate) fn a_build_waits_for_the_checks_that_it_needs(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|auto, app| {
        auto.inputs[0].trigger = false;
        app.on_demand = true;
    }));
    let waits = || -> Vec<ResourceId> {
        let unresolved = history.facts("auto").unresolved;
        unresolved.into_iter().flat_map(|build| build.waits_for).collect()
    };
    let create = CreateBuild { ready: false, needs: vec!["app".into()], ..by_hand("b1", "auto", "x") };
    ledger.apply(Part::CreateBuild(create));
    assert_eq!((waits(), history.is_due("auto")), (vec!["app".into()], true));
    history.decide("auto");
    assert!(!ledger.shown("b1").ready);
    history.found("app", &["a"]);
    assert_eq!(waits(), [] as [ResourceId; 0]);
    assert!(history.is_due("auto"));
    history.decide("auto");
    let shown = ledger.shown("b1");
    assert_eq!((shown.ready, shown.inputs[0].version.clone()), (true, version("a")));
}

pub(crate) fn who_takes_what_moves_which_mark(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a", "b", "c"]);
    let marks = || {
        let input = history.facts("auto").inputs.remove(0);
        (refs(input.marks.values()), refs(&input.last))
    };
    let take = |id: &str, text: &str| {
        let inputs = vec![input_of(ledger, "app", text)];
        ledger.apply(Part::CreateBuild(CreateBuild { inputs, ..by_hand(id, "auto", id) }))
    };
    take("b1", "b");
    assert_eq!(marks(), (vec!["b".to_owned()], vec!["b".to_owned()]));
    take("b2", "a");
    assert_eq!(marks(), (vec!["b".to_owned()], vec!["a".to_owned()]), "an older one moves no mark down");
    take("b3", "c");
    assert_eq!(marks(), (vec!["c".to_owned()], vec!["c".to_owned()]));
    ledger.apply(Part::Rerun(Rerun {
        id: "b4".into(),
        of: "b2".into(),
        key: "k".into(),
        by: "ann".into(),
        at_ms: 9,
    }));
    assert_eq!(marks(), (vec!["c".to_owned()], vec!["c".to_owned()]), "a rerun moves none");
    let taken = history.facts("auto").inputs[0].newest.as_ref().unwrap().taken;
    assert!(taken);
}

pub(crate) fn a_job_that_comes_back_catches_up(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a"]);
    history.decide("auto");
    history.set(pipeline("without", vec![job("other", vec![get("git.app")])]));
    assert!(!history.is_due("auto"));
    history.found("app", &["b", "c", "d"]);
    history.set(with(|_, _| ()));
    assert_eq!(history.decide("auto"), ["auto #2 d"]);
    // Its input triggers no more, and then again.
    history.set(with(|auto, _| auto.inputs[0].trigger = false));
    history.found("app", &["e", "f"]);
    assert_eq!(history.decide("auto"), [""; 0]);
    history.set(with(|_, _| ()));
    assert_eq!(history.decide("auto"), ["auto #3 f"]);
    assert_eq!(decide(&history.facts("auto")).builds, []);
}

pub(crate) fn a_space_that_was_there_while_an_input_was_held_begins_after_it(ledger: &Ledger) {
    let history = history(ledger);
    let set = |pin: Option<&str>| {
        history.set(with(|auto, app| {
            app.space = Some("branch".into());
            auto.inputs[0].pin = pin.map(|text| [("ref".to_owned(), text.to_owned())].into());
        }))
    };
    set(Some("m1"));
    history.found_versions("app", &[of("dev", "d1"), of("main", "m1")]);
    assert_eq!(history.decide("auto"), ["auto #1 m1"]);
    set(None);
    assert_eq!(history.decide("auto"), ["auto #2 d1"], "though it is older than what was taken");
}

pub(crate) fn an_input_that_stays_keeps_nothing_that_is_gone(ledger: &Ledger) {
    let history = history(ledger);
    let other = InputSpec { name: "other".into(), ..get("oci.image") };
    history.set(pipeline("two inputs", vec![job("auto", vec![get("git.app"), other]), job("hand", vec![])]));
    let put = |attempt: &str, text: &str| {
        let attempt = ledger.running(attempt);
        let made = Made { step: 0, position: 0, resource: "oci.image".into(), versions: vec![version(text)] };
        ledger.apply(Part::Advance(Advance { outputs: vec![made], ..events(&attempt, 0, 1) }));
    };
    history.found("app", &["a"]);
    put("b1", "i1");
    assert_eq!(history.decide("auto"), ["auto #1 a i1"]);
    history.found("app", &["b"]);
    assert_eq!(history.decide("auto"), ["auto #2 b i1"]);
    history.found("app", &["a"]);
    assert_eq!(history.decide("auto"), [""; 0], "what was pushed back was built before");
    put("b22", "i2");
    assert_eq!(history.decide("auto"), ["auto #3 a i2"], "`b` is gone: it is older than what was taken");
}

/// Sets `auto` with its input under a name, and with other gets beside it.
pub(crate) fn named(history: &History<'_>, name: &str, others: &[&str]) {
    let mut inputs = vec![InputSpec { name: name.into(), ..get("git.app") }];
    inputs.extend(others.iter().map(|resource| InputSpec { name: "other".into(), ..get(resource) }));
    history.set(pipeline("changed", vec![job("auto", inputs), job("hand", vec![])]));
}

pub(crate) fn an_input_that_comes_back_has_overlooked_nothing(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|_, app| app.space = Some("branch".into())));
    let found = |all: &[(&str, &str)]| {
        let all: Vec<_> = all.iter().map(|(space, text)| of(space, text)).collect();
        history.found_versions("app", &all);
    };
    let set = |name: &str| {
        history.set(with(|auto, app| {
            auto.inputs[0].name = name.into();
            app.space = Some("branch".into());
        }))
    };
    found(&[("main", "m1"), ("dev", "d1")]);
    assert_eq!(history.decide("auto"), ["auto #1 m1", "auto #2 d1"]);
    set("renamed");
    assert_eq!(history.decide("auto"), [""; 0], "what was built under another name is no news");
    found(&[("dev", "d2"), ("main", "m2"), ("main", "m3")]);
    assert_eq!(history.decide("auto"), ["auto #3 d2", "auto #4 m2", "auto #5 m3"]);
    set("input");
    assert_eq!(history.decide("auto"), [""; 0]);
    ledger.sabotage("DELETE FROM horizons; UPDATE jobs SET changes = changes + 1, due = 1").unwrap();
    assert_eq!(history.decide("auto"), [""; 0], "a look at everything finds nothing");
}

pub(crate) fn what_a_job_looked_at_says_nothing_of_an_input_that_changed(ledger: &Ledger) {
    let history = history(ledger);
    let set = |passed: bool| {
        let other = InputSpec { name: "other".into(), ..get("git.app") };
        let mut input = get("git.app");
        input.passed = if passed { vec!["hand".into()] } else { vec![] };
        history.set(pipeline("changed", vec![job("auto", vec![input, other]), job("hand", vec![])]));
    };
    history.found("app", &["a"]);
    set(false);
    assert_eq!(history.decide("auto"), ["auto #1 a a"]);
    set(true);
    history.found("app", &["b", "c"]);
    // Nothing has passed `hand`: what is new at `other` makes no build, and is not looked at either.
    assert_eq!(history.decide("auto"), [""; 0]);
    set(false);
    assert_eq!(history.decide("auto"), ["auto #2 c c"], "of what came meanwhile only the newest counts");
    ledger.sabotage("DELETE FROM horizons; UPDATE jobs SET changes = changes + 1, due = 1").unwrap();
    assert_eq!(history.decide("auto"), [""; 0]);
}

pub(crate) fn a_build_that_waits_fits_the_newest_revision(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a"]);
    history.decide("auto");
    history.found("app", &["b", "c"]);
    history.decide("auto");
    let all = || -> Vec<(bool, Vec<String>)> {
        let build = |number: &str| {
            let build = history.build_of("auto", number);
            let input = |input: &pikoci_store::read::Input| {
                format!("{} {}", input.name, input.version.get("ref").unwrap())
            };
            (build.ready, build.inputs.iter().map(input).collect())
        };
        ["1", "2", "3"].map(build).into()
    };
    let of = |texts: [&str; 3]| -> Vec<(bool, Vec<String>)> {
        texts.map(|text| (true, text.split(", ").map(str::to_owned).collect())).into()
    };
    assert_eq!(all(), of(["input a", "input b", "input c"]));
    named(&history, "renamed", &[]);
    assert!(all().iter().all(|(ready, _)| !ready), "they cannot start with what the new plan does not know");
    assert_eq!(history.decide("auto"), [""; 0]);
    assert_eq!(all(), of(["renamed a", "renamed b", "renamed c"]), "each keeps its version");
    named(&history, "renamed", &["oci.image"]);
    assert_eq!(history.decide("auto"), [""; 0]);
    assert!(all().iter().all(|(ready, _)| !ready), "there is no version of what was added");
    let attempt = ledger.running("b9");
    let made = Made { step: 0, position: 0, resource: "oci.image".into(), versions: vec![version("i")] };
    ledger.apply(Part::Advance(Advance { outputs: vec![made], ..events(&attempt, 0, 1) }));
    history.decide("auto");
    assert_eq!(all(), of(["renamed a, other i", "renamed b, other i", "renamed c, other i"]));
    assert_eq!(ledger.start_with(history.build_of("auto", "2").id.as_str(), ("auto", 7), &[]), Applied::Yes);
    named(&history, "last", &[]);
    ledger.apply(Part::Lose {
        attempt: format!("{}-7", history.build_of("auto", "2").id).as_str().into(),
        fate: Fate::Again,
        released: true,
        at_ms: 9,
    });
    history.decide("auto");
    assert_eq!(all(), of(["last a", "last b", "last c"]), "also what ran while the revision came");
}

pub(crate) fn a_wish_of_somebody_says_who(ledger: &Ledger) {
    ledger.running("b1");
    let cancel = |by: &str, wish| Part::Cancel { build: "b1".into(), wish, by: by.into(), at_ms: 9 };
    ledger.apply(cancel("ann", CancelWish::Cancel));
    ledger.apply(cancel("bob", CancelWish::SkipHooks));
    assert_eq!(ledger.shown("b1").cancel_reason.as_deref(), Some("cancelled by ann"));
}
