use crate::fixture::{Ledger, get, job, pipeline};
use crate::history::history;
use pikoci_engine::part::*;
use pikoci_plan::id::BuildId;
use pikoci_plan::status::Outcome;

fn rerun(id: &str, of: &BuildId, key: &str) -> Part {
    Part::Rerun(Rerun { id: id.into(), of: of.clone(), key: key.into(), by: "ann".into(), at_ms: 9 })
}

pub(crate) fn a_rerun_takes_what_its_original_took(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a"]);
    history.decide("auto");
    history.found("app", &["b"]);
    history.decide("auto");
    let original = history.build_of("auto", "1");
    let made = Applied::Made { number: 1, started: false };
    assert_eq!(ledger.apply(rerun("r1", &original.id, "one")), made);
    assert_eq!(ledger.apply(rerun("r2", &original.id, "one")), Applied::Exists("r1".into()));
    assert_eq!(ledger.apply(rerun("r2", &"r1".into(), "two")), made, "of a rerun: its original");
    assert_eq!(ledger.apply(rerun("r3", &"unknown".into(), "two")), Applied::Missed);
    let shown = ledger.shown("r2");
    assert_eq!((shown.number_text().as_str(), shown.made_by.as_str(), shown.ready), ("1.2", "ann", true));
    assert_eq!(shown.inputs, original.inputs);
    assert_eq!(history.build_of("auto", "1.2").id, shown.id);
    assert_eq!(history.build_of("auto", "2").rerun, 0);
    assert!(!history.is_due("auto"), "there is nothing to choose");
    let listed =
        ledger.builds(&"job auto".into(), &pikoci_store::read::BuildPage { limit: 9, ..Default::default() });
    let listed: Vec<_> = listed.unwrap().iter().map(|build| build.number_text()).collect();
    assert_eq!(listed, ["1.2", "1.1", "2", "1"]);
    history.run(&shown, &[], &[], Outcome::Succeeded);
}

pub(crate) fn a_rerun_of_an_older_build_says_nothing_of_its_job(ledger: &Ledger) {
    let history = history(ledger);
    for version in ["a", "b"] {
        history.found("app", &[version]);
        history.decide("auto");
    }
    let [first, second] = ["1", "2"].map(|number| history.build_of("auto", number));
    let stands = || {
        let job = ledger.jobs(&"pipeline".into(), Some("auto")).unwrap().pop().unwrap();
        let newest = ledger.shown(job.last_build.unwrap().as_str()).number_text();
        let why = ledger.why_facts(&job.id).unwrap().unwrap().newest_build.unwrap();
        let red = ledger.overview(9).unwrap().red;
        (newest, why, red.iter().map(|red| red.build.number_text()).collect::<Vec<_>>())
    };
    let red = |number: &str| (number.to_owned(), number.to_owned(), vec![number.to_owned()]);
    history.run(&first, &[], &[], Outcome::Succeeded);
    history.run(&second, &[], &[], Outcome::Failed);
    assert_eq!(stands(), red("2"));
    ledger.apply(rerun("r1", &first.id, "one"));
    history.run(&ledger.shown("r1"), &[], &[], Outcome::Succeeded);
    assert_eq!(stands(), red("2"));
    ledger.apply(rerun("r2", &second.id, "two"));
    history.run(&ledger.shown("r2"), &[], &[], Outcome::Succeeded);
    assert_eq!(stands(), ("2.1".into(), "2.1".into(), vec![]));
    ledger.apply(rerun("r3", &first.id, "three"));
    history.run(&ledger.shown("r3"), &[], &[], Outcome::Failed);
    assert_eq!(stands(), ("2.1".into(), "2.1".into(), vec![]));
}

pub(crate) fn a_rerun_takes_the_newest_at_an_input_that_was_added(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a"]);
    history.decide("auto");
    history.found("app", &["b"]);
    let second = InputSpec { name: "second".into(), trigger: false, ..get("git.app") };
    history.set(pipeline("two inputs", vec![job("auto", vec![get("git.app"), second])]));
    ledger.apply(rerun("r1", &history.build_of("auto", "1").id, "one"));
    assert!(!ledger.shown("r1").ready);
    history.decide("auto");
    let shown = ledger.shown("r1");
    let taken: Vec<_> =
        shown.inputs.iter().map(|input| (input.name.as_str(), input.version.get("ref").unwrap())).collect();
    assert_eq!((shown.ready, taken), (true, vec![("input", "a"), ("second", "b")]));
}

pub(crate) fn what_cannot_be_run_again(ledger: &Ledger) {
    let history = history(ledger);
    ledger.create("b1", "one");
    history.set(pipeline("no rerun", vec![JobSpec { no_rerun: true, ..job("hand", vec![]) }]));
    assert_eq!(ledger.apply(rerun("r1", &"b1".into(), "one")), Applied::Missed);
    history.set(pipeline("gone", vec![job("other", vec![])]));
    assert_eq!(ledger.apply(rerun("r1", &"b1".into(), "one")), Applied::Missed);
    history.set(pipeline("again", vec![job("hand", vec![])]));
    assert_eq!(ledger.apply(rerun("r1", &"b1".into(), "one")), Applied::Made { number: 1, started: false });
}
