//! What builds let through: `unit` and `lint` get `git.app`, `image` gets what passed `unit` and puts `oci.image`, `deploy`
//! gets both of what passed.

use crate::fixture::{Ledger, get, job, pipeline};
use crate::history::{History, history};
use pikoci_engine::part::*;
use pikoci_plan::status::Outcome;

fn row(name: &str, kind: &str) -> OutlineRow {
    OutlineRow { name: name.into(), kind: kind.into(), depth: 0 }
}

/// A job whose outline begins with its gets.
fn step_job(name: &str, inputs: Vec<InputSpec>) -> JobSpec {
    let outline = inputs.iter().map(|input| row(&input.name, "get")).chain([row("work", "task")]).collect();
    let named = job(name, inputs);
    JobSpec { plan: PlanSpec { outline, ..named.plan }, ..named }
}

fn input(name: &str, resource: &str, passed: &[&str]) -> InputSpec {
    let passed = passed.iter().map(|job| (*job).to_owned()).collect();
    InputSpec { name: name.into(), passed, ..get(resource) }
}

fn chain(ledger: &Ledger) -> History<'_> {
    let history = history(ledger);
    history.set(pipeline(
        "chain",
        vec![
            step_job("unit", vec![input("app", "git.app", &[])]),
            step_job("lint", vec![input("app", "git.app", &[])]),
            step_job("image", vec![input("app", "git.app", &["unit"])]),
            step_job(
                "deploy",
                vec![input("app", "git.app", &["lint", "image"]), input("image", "oci.image", &["image"])],
            ),
        ],
    ));
    history
}

/// Runs the newest build of a job, which fetches its first input.
fn pass(history: &History<'_>, job: &str, number: &str, made: &[(&str, &str)]) -> Vec<String> {
    history.run(&history.build_of(job, number), &[0], made, Outcome::Succeeded)
}

pub(crate) fn versions_flow_through_a_chain_with_a_fan_in(ledger: &Ledger) {
    let history = chain(ledger);
    history.found("app", &["a"]);
    assert_eq!(history.decide("unit"), ["unit #1 a"]);
    assert_eq!(history.decide("lint"), ["lint #1 a"]);
    assert_eq!(history.decide("image"), [""; 0]);
    assert_eq!(pass(&history, "unit", "1", &[]), ["job image"]);
    assert_eq!(history.decide("image"), ["image #1 a"]);
    assert_eq!(pass(&history, "lint", "1", &[]), ["job deploy"]);
    assert_eq!(history.decide("deploy"), [""; 0], "it has not passed image");
    assert_eq!(
        pass(&history, "image", "1", &[("oci.image", "ia")]),
        ["job deploy"; 2][..],
        "by the put and the end"
    );
    assert_eq!(history.decide("deploy"), ["deploy #1 a ia"]);

    // Images of two commits, of which only the older has passed lint.
    history.found("app", &["b", "c"]);
    for job in ["unit", "lint"] {
        history.decide(job);
    }
    for number in ["2", "3"] {
        pass(&history, "unit", number, &[]);
    }
    assert_eq!(history.decide("image"), ["image #2 b", "image #3 c"]);
    pass(&history, "image", "2", &[("oci.image", "ib")]);
    pass(&history, "image", "3", &[("oci.image", "ic")]);
    assert_eq!(history.decide("deploy"), [""; 0]);
    pass(&history, "lint", "2", &[]);
    assert_eq!(history.decide("deploy"), ["deploy #2 b ib"], "the image of that commit, not the newest");
    pass(&history, "lint", "3", &[]);
    assert_eq!(history.decide("deploy"), ["deploy #3 c ic"]);
    let facts = history.facts("deploy");
    let newest =
        |index: usize| facts.inputs[index].newest.as_ref().unwrap().version.get("ref").unwrap().to_owned();
    assert_eq!((newest(0), newest(1)), ("c".to_owned(), "ic".to_owned()));
}

pub(crate) fn what_lets_a_version_through(ledger: &Ledger) {
    let history = chain(ledger);
    history.found("app", &["a", "b", "c", "d"]);
    for (steps, outcome, passes) in [
        (&[0_u32][..], Outcome::Failed, false),
        (&[0], Outcome::Errored, false),
        (&[0], Outcome::Cancelled, false),
        (&[1], Outcome::Succeeded, false),
        (&[0, 1], Outcome::Succeeded, true),
    ] {
        if history.decide("unit").is_empty() {
            ledger.apply(Part::Rerun(Rerun {
                id: format!("{outcome} {steps:?}").as_str().into(),
                of: history.build_of("unit", "1").id,
                key: format!("{outcome} {steps:?}"),
                by: "ann".into(),
                at_ms: 5,
            }));
        }
        let build = ledger
            .builds(&"job unit".into(), &pikoci_store::read::BuildPage { limit: 9, ..Default::default() });
        let build = build.unwrap().into_iter().find(|build| build.attempt.is_none()).unwrap();
        let due = history.run(&build, steps, &[], outcome);
        assert_eq!(due.contains(&"job image".to_owned()), passes, "{steps:?} {outcome}");
    }
    let upstream = &history.facts("image").upstream[&"job unit".into()];
    assert_eq!((upstream.len(), upstream[0].number.as_str(), upstream[0].place), (1, "1.4", 1));
}

pub(crate) fn more_builds_than_a_decision_reads_are_read_by_the_next(ledger: &Ledger) {
    let history = chain(ledger);
    history.found("app", &["first"]);
    history.decide("unit");
    pass(&history, "unit", "1", &[]);
    history.decide("image");
    let many: Vec<String> = (0..130).map(|number| format!("v{number:03}")).collect();
    history.found("app", &many.iter().map(String::as_str).collect::<Vec<_>>());
    while !history.decide("unit").is_empty() {}
    for number in 2..=131_u32 {
        pass(&history, "unit", &number.to_string(), &[]);
    }
    let facts = history.facts("image");
    assert!(facts.more);
    assert_eq!(
        facts.horizons.iter().map(|it| (it.source.as_str(), it.upto)).collect::<Vec<_>>(),
        [("job unit", 101)]
    );
    let mut made = history.decide("image");
    assert!(history.is_due("image"));
    made.extend(history.decide("image"));
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 130);
}

pub(crate) fn a_job_that_begins_takes_the_newest_that_passed(ledger: &Ledger) {
    let history = chain(ledger);
    history.found("app", &["a"]);
    history.decide("unit");
    pass(&history, "unit", "1", &[]);
    history.found("app", &["b", "c"]);
    history.decide("unit");
    pass(&history, "unit", "2", &[]);
    assert_eq!(history.decide("image"), ["image #1 b"]);
    pass(&history, "unit", "3", &[]);
    assert_eq!(history.decide("image"), ["image #2 c"]);
}
