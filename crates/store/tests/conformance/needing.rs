//! Builds that wait for versions, and for the checks that bring them.

use crate::deciding::{named, with};
use crate::fixture::{Ledger, by_hand, version};
use crate::history::{History, history, input_of};
use pikoci_engine::facts::Wanted;
use pikoci_engine::part::*;
use pikoci_plan::id::ResourceId;

pub(crate) fn however_many_builds_wait_for_versions_all_get_them(ledger: &Ledger) {
    let history = history(ledger);
    history.found("app", &["a"]);
    let waits = |number: u64| {
        let id = format!("b{number:04}");
        let taken = vec![input_of(ledger, "app", "a")];
        Part::CreateBuild(CreateBuild { inputs: taken, ..by_hand(&id, "auto", &id) })
    };
    ledger.commit(&(0..2_100).map(waits).collect::<Vec<_>>()).unwrap();
    named(&history, "renamed", &[]);
    for resolved in [1_000, 1_000, 100] {
        assert!(history.is_due("auto"));
        let decision = history.decision("auto");
        assert_eq!((decision.resolved.len(), decision.builds), (resolved, vec![]));
        assert!(matches!(ledger.apply(Part::Decide(history.decision("auto"))), Applied::Decided { .. }));
    }
    assert!(!history.is_due("auto"));
    // Where none of them can have what it lacks, it does not go on and on.
    named(&history, "renamed", &["oci.image"]);
    assert_eq!((history.decide("auto"), history.is_due("auto")), (vec![], false));
}

/// `auto` gets its resource only when a build needs it; the key of the check is the number.
fn on_demand(key: u8) -> SetPipeline {
    with(|auto, app| {
        auto.inputs[0].trigger = false;
        app.on_demand = true;
        let check = app.check.as_mut().unwrap();
        (check.id, check.key) = (format!("check {key}").as_str().into(), [key; 32]);
    })
}

fn waits_for(history: &History<'_>) -> Vec<ResourceId> {
    let unresolved = history.facts("auto").unresolved;
    unresolved.into_iter().flat_map(|build| build.waits_for).collect()
}

pub(crate) fn a_build_that_waits_for_a_check_has_the_new_one_made_once_there_is_another(ledger: &Ledger) {
    let history = history(ledger);
    history.set(on_demand(2));
    let needs = |id: &str| CreateBuild { ready: false, needs: vec!["app".into()], ..by_hand(id, "auto", id) };
    for text in ["a", "b", "c"] {
        history.found("app", &[text]);
    }
    ledger.apply(Part::CreateBuild(needs("b1")));
    history.decide("auto");
    let due = |now_ms| {
        ledger.wanted(Wanted { checks: vec![vec!["net".into()]; 9], now_ms, ..Wanted::default() }).due_checks
    };
    assert_eq!((waits_for(&history).len(), due(2)[0].number), (1, 4));
    // The other has run less often.
    history.set(on_demand(3));
    let wanted = due(2);
    assert_eq!((wanted.len(), wanted[0].check.as_str(), wanted[0].number), (1, "check 3", 1));
    assert_eq!(waits_for(&history), ["app".into()]);
    assert!(history.is_due("auto"));
    history.found("app", &["d"]);
    history.decide("auto");
    assert_eq!(ledger.shown("b1").inputs[0].version, version("d"));
    // The first has run more often than is waited for, but nobody has looked since.
    ledger.apply(Part::CreateBuild(needs("b2")));
    history.set(on_demand(2));
    assert_eq!(waits_for(&history), ["app".into()]);
    history.set(on_demand(2));
    history.found("app", &["e"]);
    assert_eq!(
        waits_for(&history),
        [] as [ResourceId; 0],
        "a revision that changes nothing asks for nothing"
    );
    history.decide("auto");
    assert_eq!(ledger.shown("b2").inputs[0].version, version("e"));
}

pub(crate) fn what_a_build_that_waits_needs_from_now_on_is_checked(ledger: &Ledger) {
    let history = history(ledger);
    history.set(with(|auto, _| auto.inputs[0].trigger = false));
    ledger.sabotage("UPDATE checks SET due_ms = 1000000").unwrap();
    ledger.apply(Part::CreateBuild(CreateBuild { ready: false, ..by_hand("b1", "auto", "b1") }));
    history.decide("auto");
    history.set(on_demand(1));
    assert_eq!(crate::fixture::due_checks(ledger, 2), [1]);
    assert_eq!(waits_for(&history), ["app".into()]);
    history.found("app", &["a"]);
    history.decide("auto");
    assert!(ledger.shown("b1").ready);
}
