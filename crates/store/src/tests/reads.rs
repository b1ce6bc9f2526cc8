//! What people and programs read costs the same however much history there is.

use super::cost::{Ledger, MANY};
use crate::Store;
use crate::read::BuildPage;
use pikoci_plan::status::Status;

type Read = (&'static str, fn(&Store) -> usize);

/// Of what there is more than that, lists count no more.
const FEW: u64 = 2_000;

fn page(status: Option<Status>) -> BuildPage {
    BuildPage { status, limit: 9, ..BuildPage::default() }
}

const READS: [Read; 9] = [
    ("builds", |store| store.builds(&"hand".into(), &page(None)).unwrap().len()),
    ("builds in a state", |store| store.builds(&"hand".into(), &page(Some(Status::Failed))).unwrap().len()),
    ("builds in no state", |store| store.builds(&"hand".into(), &page(Some(Status::Running))).unwrap().len()),
    ("builds behind one", |store| {
        let page = BuildPage { before: Some("e000009".into()), ..page(Some(Status::Succeeded)) };
        store.builds(&"hand".into(), &page).unwrap().len()
    }),
    ("a build by its number", |store| {
        store.build_by_number(&"hand".into(), "2000001").unwrap().map_or(0, |_| 1)
    }),
    ("jobs", |store| store.jobs(&"pipeline".into(), None).unwrap().len()),
    ("why", |store| store.why_facts(&"hand".into()).unwrap().map_or(0, |facts| facts.pending.len())),
    ("what one wants to see first", |store| {
        let seen = store.overview(5).unwrap();
        seen.red.len() + seen.waiting.len()
    }),
    ("what has changed", |store| store.builds_changed_since(0, 9).unwrap().len()),
];

/// How many each read finds, and how many steps of the database's machine it takes.
fn costs(many: u64) -> Vec<(&'static str, usize, u64)> {
    let ledger = Ledger::with(many);
    // Builds that failed: one before all others, one after them.
    for (id, number) in [("a", 500_000), ("z", 9_000_000)] {
        let failed = format!(
            "INSERT INTO builds (id, job_id, number, cause, status, ready, inputs, cancel, created_ms, ended_ms) \
             VALUES ('{id}', 'hand', {number}, 'v:x', 'failed', 1, '[]', 0, 1, 2)"
        );
        ledger.db.batch(&failed).unwrap();
    }
    let (seen, store) = (ledger.seen, Store::of(ledger.db));
    let steps = || seen.lock().unwrap().steps;
    let cost = |(name, read): &Read| {
        let before = steps();
        let found = read(&store);
        (*name, found, steps() - before)
    };
    READS.iter().map(cost).collect()
}

#[test]
fn a_version_that_is_not_there_is_not_looked_for_for_ever() {
    let cost = |many| {
        let ledger = Ledger::with(many);
        let (seen, store) = (ledger.seen, Store::of(ledger.db));
        let before = seen.lock().unwrap().steps;
        let wanted = [("ref".to_owned(), "none".to_owned())].into();
        assert_eq!(store.find_version(&"app".into(), &wanted).unwrap(), None);
        let steps = seen.lock().unwrap().steps;
        steps - before
    };
    assert_eq!(cost(20_000), cost(MANY));
}

#[test]
fn what_reads_cost_does_not_depend_on_how_much_there_was() {
    let few = costs(FEW);
    let found: Vec<_> = few.iter().map(|(_, found, _)| *found).collect();
    assert_eq!(found, [9, 2, 0, 8, 1, 2, 3, 6, 4]);
    assert!(few.iter().all(|(_, _, steps)| *steps > 10), "they are counted: {few:?}");
    assert_eq!(costs(MANY), few);
}
