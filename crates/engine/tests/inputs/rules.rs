//! What holds of every automatic build, whatever came before.

use crate::ledger::{Get, Ledger, by_name};
use pikoci_engine::facts::Stored;
use pikoci_engine::inputs::NextBuild;
use std::collections::BTreeMap;

/// Holds a build against the rules, before it is made.
pub(crate) fn holds(ledger: &Ledger, build: &NextBuild) {
    let taken = by_name(&ledger.gets, &build.inputs);
    let triggering: Vec<_> =
        ledger.gets.iter().filter(|get| get.trigger).map(|get| (get, &taken[&get.name])).collect();
    assert!(
        triggering.iter().any(|(get, version)| is_new(ledger, get, version)),
        "no triggering version is new: {taken:?}"
    );
    for (get, version) in &triggering {
        let mark = ledger.marks(get).remove(&version.space);
        assert!(
            mark.is_none_or(|mark| mark.order <= version.order),
            "{} goes backwards: {taken:?}",
            get.name
        );
    }
    for get in &ledger.gets {
        allowed(ledger, get, taken.get(&get.name), build);
    }
    assert!(consistent(ledger, &taken), "not from one build of each upstream job: {taken:?}");
}

/// Whether no build has taken it there, and none anything newer in its space.
pub(crate) fn is_new(ledger: &Ledger, get: &Get, version: &Stored) -> bool {
    let taken = ledger.builds.iter().filter_map(|build| build.taken.get(&get.name));
    let newer = |of: &Stored| of.id == version.id;
    !taken.clone().any(newer)
        && ledger.marks(get).get(&version.space).is_none_or(|mark| mark.order < version.order)
}

/// One build of each upstream job holds what all inputs that name it take.
pub(crate) fn consistent(ledger: &Ledger, taken: &BTreeMap<String, Stored>) -> bool {
    let mut jobs: Vec<&String> = ledger.gets.iter().flat_map(|get| &get.passed).collect();
    jobs.sort();
    jobs.dedup();
    jobs.into_iter().all(|job| {
        let inputs: Vec<_> = ledger.gets.iter().filter(|get| get.passed.contains(job)).collect();
        let mut builds = ledger.upstream.get(job).into_iter().flatten();
        builds.any(|build| {
            inputs.iter().all(|get| {
                let mut held = build.get(&get.resource).into_iter().flatten();
                held.any(|of| of.id == taken[&get.name].id)
            })
        })
    })
}

fn allowed(ledger: &Ledger, get: &Get, version: Option<&Stored>, build: &NextBuild) {
    let Some(version) = version else {
        assert!(
            build.needs.iter().any(|resource| resource.as_str() == get.resource),
            "{} is missing",
            get.name
        );
        return;
    };
    let pin = ledger.pins.get(&get.resource).or(get.pin.as_ref());
    assert!(pin.is_none_or(|pin| version.version.get("ref") == Some(pin)), "{} is held", get.name);
    assert!(pin.is_some() || !(ledger.trusted_only && version.untrusted), "{} is untrusted", get.name);
}
