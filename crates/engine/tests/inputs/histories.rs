//! Random histories: whatever happens, the rules hold of every build, and in the end nothing is left that should have
//! made one.

use crate::ledger::{Get, Ledger, Made};
use crate::rules;
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::{Interruptible, Stored};
use proptest::prelude::*;
use std::collections::BTreeMap;

const RESOURCES: [&str; 3] = ["a", "b", "c"];
const JOBS: [&str; 3] = ["x", "y", "z"];
const SPACES: [&str; 3] = ["", "p", "q"];

/// Something that happens; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Event {
    Found { resource: usize, space: usize, outside: bool },
    Passed { job: usize, back: [usize; 3] },
    Decide,
    ByHand { named: Option<(usize, usize)> },
    Rerun(usize),
    Pin(usize, usize),
    Unpin(usize),
    Pause(bool),
    Revise(usize, Get),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..3usize, 0..3usize, any::<bool>())
            .prop_map(|(resource, space, outside)| Event::Found { resource, space, outside }),
        6 => (0..3usize, [0..3usize, 0..3, 0..3]).prop_map(|(job, back)| Event::Passed { job, back }),
        6 => Just(Event::Decide),
        1 => proptest::option::of((0..4usize, 0..9usize)).prop_map(|named| Event::ByHand { named }),
        1 => (0..9usize).prop_map(Event::Rerun),
        1 => (0..3usize, 0..9usize).prop_map(|(resource, version)| Event::Pin(resource, version)),
        1 => (0..3usize).prop_map(Event::Unpin),
        1 => any::<bool>().prop_map(Event::Pause),
        1 => (0..4usize, get()).prop_map(|(at, get)| Event::Revise(at, get)),
    ]
}

fn get() -> impl Strategy<Value = Get> {
    let passed = proptest::sample::subsequence(JOBS.to_vec(), 0..=2);
    (0..3usize, prop::bool::weighted(0.7), any::<bool>(), passed, prop::bool::weighted(0.2)).prop_map(
        |(resource, trigger, latest, passed, on_demand)| Get {
            resource: RESOURCES[resource].to_owned(),
            trigger,
            latest: latest && trigger,
            passed: passed.into_iter().map(str::to_owned).collect(),
            on_demand: on_demand && !trigger,
            ..Get::default()
        },
    )
}

fn job() -> impl Strategy<Value = Ledger> {
    let interruptible = prop_oneof![3 => Just(Interruptible::Never), 1 => Just(Interruptible::Waiting), 1 => Just(Interruptible::Always)];
    (proptest::collection::vec(get(), 1..=4), interruptible, prop::bool::weighted(0.2), any::<bool>())
        .prop_map(|(mut gets, interruptible, trusted_only, slow)| {
            for (index, get) in gets.iter_mut().enumerate() {
                get.name = format!("get{index}");
            }
            Ledger { gets, interruptible, trusted_only, slow, ..Ledger::default() }
        })
}

fn happens(ledger: &mut Ledger, event: Event) {
    match event {
        Event::Found { resource, space, outside } => {
            let name = ledger.versions.get(RESOURCES[resource]).map_or(1, |of| of.len() + 1);
            let space = if SPACES[space].is_empty() { String::new() } else { format!("{}:", SPACES[space]) };
            ledger.found(RESOURCES[resource], &format!("{space}{name}{}", if outside { "!" } else { "" }));
        }
        Event::Passed { job, back } => {
            let of = |(resource, back): (&&'static str, usize)| {
                let versions = ledger.versions.get(*resource)?;
                Some((*resource, versions.len().checked_sub(1 + back).map(|at| versions[at].clone())?))
            };
            let held: Vec<_> = RESOURCES.iter().zip(back).filter_map(of).collect();
            let held: Vec<_> =
                held.iter().map(|(resource, of)| (*resource, of.version.get("ref").unwrap())).collect();
            ledger.passed(JOBS[job], &held);
        }
        Event::Decide => drop(ledger.decide()),
        Event::ByHand { named } => by_hand(ledger, named),
        Event::Rerun(build) if build < ledger.builds.len() => ledger.rerun(build),
        Event::Rerun(_) => {}
        Event::Pin(resource, version) => {
            if let Some(of) = nth(ledger, RESOURCES[resource], version) {
                let name = of.version.get("ref").unwrap().to_owned();
                ledger.pins.insert(RESOURCES[resource].to_owned(), name);
                ledger.catch_up = true;
            }
        }
        Event::Unpin(resource) => ledger.unpin(RESOURCES[resource]),
        Event::Pause(paused) => (ledger.paused, ledger.catch_up) = (paused, ledger.catch_up || paused),
        Event::Revise(at, get) => {
            let at = at % ledger.gets.len();
            // What is got stays what it is, so that its marks mean something.
            let (name, resource) = (ledger.gets[at].name.clone(), ledger.gets[at].resource.clone());
            ledger.gets[at] = Get { name, resource, ..get };
            ledger.horizons.clear();
        }
    }
}

fn nth(ledger: &Ledger, resource: &str, version: usize) -> Option<Stored> {
    let versions = ledger.versions.get(resource)?;
    Some(versions[version % versions.len()].clone())
}

fn by_hand(ledger: &mut Ledger, named: Option<(usize, usize)>) {
    let mut versions = BTreeMap::new();
    if let Some((input, version)) = named {
        let get = ledger.gets[input % ledger.gets.len()].clone();
        versions.extend(nth(ledger, &get.resource, version).map(|of| (get.name, of)));
    }
    let named: Vec<String> = versions.keys().cloned().collect();
    let gets = ledger.gets.clone();
    let made = ledger.by_hand(&versions);
    for taken in &made.inputs {
        let get = &gets[taken.input];
        if named.contains(&get.name) {
            assert_eq!(versions[&get.name].id, taken.version.id);
        } else {
            assert!(ledger.has_passed(get, &taken.version), "{} has not passed", get.name);
        }
    }
    if named.is_empty() && made.ready {
        let taken = ledger.builds.last().unwrap().taken.clone();
        assert!(rules::consistent(ledger, &taken), "not from one build of each upstream job: {taken:?}");
    }
}

/// All sets of versions that could make a build now: found by trying all.
fn left_over(ledger: &Ledger) -> Option<BTreeMap<String, Stored>> {
    let mut sets = vec![BTreeMap::new()];
    for get in &ledger.gets {
        let versions = ledger.versions.get(&get.resource).into_iter().flatten();
        let may = |of: &&Stored| {
            let mark = ledger.marks(get).remove(&of.space);
            let forwards = !get.trigger || mark.is_none_or(|mark| mark.order <= of.order);
            forwards && !(ledger.trusted_only && of.untrusted) && ledger.has_passed(get, of)
        };
        let versions: Vec<_> = versions.filter(may).collect();
        sets = sets
            .into_iter()
            .flat_map(|set| {
                versions.iter().map(move |version| {
                    let mut set = set.clone();
                    set.insert(get.name.clone(), (*version).clone());
                    set
                })
            })
            .collect();
    }
    let new = |set: &BTreeMap<String, Stored>| {
        let triggering = || ledger.gets.iter().filter(|get| get.trigger);
        let cause = Cause::versions(triggering().map(|get| (get.resource.as_str(), &set[&get.name].version)));
        triggering().any(|get| rules::is_new(ledger, get, &set[&get.name]))
            && rules::consistent(ledger, set)
            && !ledger.causes.contains(cause.as_str())
    };
    sets.into_iter().find(new)
}

/// 2,000 histories, unless `PROPTEST_CASES` says otherwise.
fn config() -> ProptestConfig {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if told { config } else { ProptestConfig { cases: 2_000, ..config } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_rules_hold_and_nothing_is_left(ledger in job(), events in proptest::collection::vec(event(), 1..40)) {
        let mut ledger = ledger;
        for event in events {
            happens(&mut ledger, event);
        }
        RESOURCES.iter().for_each(|resource| ledger.unpin(resource));
        ledger.paused = false;
        ledger.decide();
        let made = ledger.builds.len();
        ledger.decide();
        prop_assert_eq!(made, ledger.builds.len(), "a second look finds something");
        let left = left_over(&ledger);
        prop_assert!(left.is_none(), "it makes no build of {:?}", left);
        // By hand there is something wherever versions go together; an automatic build never lacks any.
        let automatic = ledger.builds.iter().filter(|build| build.made == Made::Automatic);
        prop_assert!(automatic.clone().all(|build| build.ready || !build.waits_for.is_empty()));
    }
}
