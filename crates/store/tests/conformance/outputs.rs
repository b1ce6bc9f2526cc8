use crate::fixture::{Ledger, due_checks, events, get, job, pipeline, version};
use pikoci_engine::part::*;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::{Outcome, Status};

/// `deploy` is started by versions of `oci.image`.
fn with_deploy(ledger: &Ledger) {
    let jobs =
        vec![job("auto", vec![get("git.app")]), job("hand", vec![]), job("deploy", vec![get("oci.image")])];
    ledger.apply(Part::SetPipeline(Box::new(pipeline("with deploy", jobs))));
}

fn made(resource: &str, versions: &[&str]) -> Vec<Made> {
    let versions = versions.iter().map(|text| version(text)).collect();
    vec![Made { step: 0, position: 0, resource: resource.into(), versions }]
}

fn put(attempt: &AttemptId, from: u64, resource: &str, versions: &[&str]) -> Part {
    Part::Advance(Advance { outputs: made(resource, versions), ..events(attempt, from, from + 1) })
}

fn end(attempt: &AttemptId, from: u64, outcome: Outcome) -> Part {
    Part::Advance(Advance { result: Some(outcome.into()), ..events(attempt, from, from + 1) })
}

fn outputs(ledger: &Ledger, build: &str) -> Vec<String> {
    let outputs = ledger.shown(build).outputs;
    outputs.iter().map(|made| format!("{} {}", made.resource, made.version.get("ref").unwrap())).collect()
}

pub(crate) fn what_a_put_makes_counts_as_soon_as_it_is_told(ledger: &Ledger) {
    with_deploy(ledger);
    let attempt = ledger.running("b1");
    let advanced = ledger.apply(put(&attempt, 0, "oci.image", &["one", "two"]));
    let due = vec!["job deploy".into()];
    assert_eq!(advanced, Applied::Advanced { due, new_versions: vec![], seal: false });
    assert_eq!(ledger.known_of("image"), ["two", "one"]);
    assert_eq!(outputs(ledger, "b1"), ["oci.image one", "oci.image two"]);
    assert_eq!(ledger.shown("b1").status, Status::Running);
    ledger.apply(end(&attempt, 1, Outcome::Cancelled));
    assert_eq!(outputs(ledger, "b1").len(), 2, "what is published stays published");
}

pub(crate) fn an_output_is_recorded_once_and_of_the_current_attempt_only(ledger: &Ledger) {
    with_deploy(ledger);
    let first = ledger.running("b1");
    ledger.apply(Part::Lose { attempt: first.clone(), fate: Fate::Again, released: true, at_ms: 50 });
    ledger.apply(put(&first, 0, "oci.image", &["old"]));
    assert_eq!((outputs(ledger, "b1"), ledger.known_of("image")), (vec![], vec![]));
    let (second, _) = ledger.start("b1", 7);
    ledger.apply(put(&second, 0, "oci.image", &["new"]));
    assert_eq!(ledger.apply(put(&second, 0, "oci.image", &["twice"])), Applied::Missed);
    ledger.apply(put(&second, 1, "oci.image", &["new"]));
    assert_eq!(outputs(ledger, "b1"), ["oci.image new"]);
    ledger.apply(end(&second, 2, Outcome::Succeeded));
    ledger.apply(put(&second, 3, "oci.image", &["late"]));
    assert_eq!((outputs(ledger, "b1").len(), ledger.known_of("image")), (1, vec!["new".to_owned()]));
}

pub(crate) fn a_version_that_was_known_is_an_output_too(ledger: &Ledger) {
    with_deploy(ledger);
    let (one, two) = (ledger.running("b1"), ledger.running("b22"));
    ledger.apply(put(&one, 0, "oci.image", &["same"]));
    let again = ledger.apply(put(&two, 0, "oci.image", &["same"]));
    assert_eq!(again, Applied::Advanced { due: vec![], new_versions: vec![], seal: false });
    assert_eq!(
        (outputs(ledger, "b22"), ledger.known_of("image").len()),
        (vec!["oci.image same".to_owned()], 1)
    );
}

pub(crate) fn a_resource_that_nobody_has_is_passed_over(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    ledger.apply(put(&attempt, 0, "oci.none", &["one"]));
    assert_eq!((outputs(ledger, "b1"), ledger.shown("b1").position), (vec![], 1));
}

pub(crate) fn a_check_that_looked_before_a_put_does_not_undo_it(ledger: &Ledger) {
    ledger.check(1, &["a"]);
    let (check, _) = ledger.start_check(2, 2);
    let attempt = ledger.running("b1");
    ledger.apply(put(&attempt, 0, "git.app", &["b"]));
    assert_eq!(ledger.known(), ["b", "a"]);
    ledger.apply(Part::Advance(Advance {
        versions: Some((vec![version("a")], false)),
        result: Some(Outcome::Succeeded.into()),
        ..events(&check, 0, 2)
    }));
    assert_eq!(ledger.known(), ["b", "a"]);
    assert_eq!(due_checks(ledger, 10), [3], "it looks again at once");
    ledger.check(3, &["a"]);
    assert_eq!(ledger.known(), ["a", "b"], "now it is what is there");
}

pub(crate) fn a_warning_stays_at_its_step_and_its_build(ledger: &Ledger) {
    let attempt = ledger.running("b1");
    let step = |step, warning: bool| StepChange {
        step,
        position: u64::from(step),
        status: Status::Succeeded,
        at_ms: 100,
        message: warning.then(|| "exit code 1".to_owned()),
        warning,
    };
    ledger.apply(Part::Advance(Advance {
        steps: vec![step(0, true), step(1, false)],
        result: Some(Ending { warning: true, ..Outcome::Succeeded.into() }),
        ..events(&attempt, 0, 3)
    }));
    let shown = ledger.shown("b1");
    assert_eq!((shown.status, shown.warning), (Status::Succeeded, true));
    assert_eq!(shown.steps.iter().map(|row| row.warning).collect::<Vec<_>>(), [true, false]);
    let clean = ledger.running("b22");
    ledger.apply(end(&clean, 0, Outcome::Succeeded));
    assert!(!ledger.shown("b22").warning);
}
