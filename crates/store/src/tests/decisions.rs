//! What a decision reads does not cost more the longer a job's history is.

use super::NOW;
use crate::db::Db;
use crate::facts::facts;
use pikoci_engine::facts::{JobFacts, Wanted};
use pikoci_engine::part::*;
use pikoci_plan::Schedule;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Versions that came last: nobody has looked at them, though they have passed `unit`.
const NEW: u64 = 5;

/// `unit` gets `app`; `image` what passed that; `deploy` what passed both, and the `web` that passed `image` with it; `fresh`
/// is as `image`, and has never made a build.
fn pipeline() -> SetPipeline {
    let input = |resource: &str, passed: &[&str]| InputSpec {
        name: resource.into(),
        resource: format!("type.{resource}"),
        trigger: true,
        passed: passed.iter().map(|job| (*job).to_owned()).collect(),
        ..InputSpec::default()
    };
    let job = |name: &str, inputs| JobSpec {
        id: name.into(),
        name: name.into(),
        plan: PlanSpec { hash: "job".into(), ..PlanSpec::default() },
        inputs,
        ..JobSpec::default()
    };
    let resource = |id: &str| ResourceSpec {
        id: id.into(),
        name: format!("type.{id}"),
        check: Some(CheckSpec {
            id: id.into(),
            key: [id.as_bytes()[0]; 32],
            plan: None,
            schedule: Schedule::Every(60_000),
            tags: vec![],
        }),
        ..ResourceSpec::default()
    };
    SetPipeline {
        id: "pipeline".into(),
        name: "pipeline".into(),
        jobs: vec![
            job("unit", vec![input("app", &[])]),
            job("image", vec![input("app", &["unit"])]),
            job("deploy", vec![input("app", &["unit", "image"]), input("web", &["image"])]),
            job("fresh", vec![input("app", &["unit"])]),
        ],
        resources: vec![resource("app"), resource("web")],
        at_ms: NOW,
        ..SetPipeline::default()
    }
}

/// So many versions of both resources that have gone all the way, and a few that have not.
fn history(many: u64) -> String {
    let all = many + NEW;
    let numbers =
        |upto| format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {upto})");
    let versions = |resource: &str| {
        format!(
            "{} INSERT INTO versions (id, resource_id, identity, place, data, created_ms) \
             SELECT printf('{resource}%06d', i), '{resource}', CAST(i AS BLOB), i, '{{}}', 1 FROM n; \
             UPDATE resources SET last_order = {all} WHERE id = '{resource}';",
            numbers(all)
        )
    };
    let passed = |job: &str, resource: &str, upto| {
        format!(
            "{} INSERT INTO passed (job_id, place, resource_id, version_id, build_id, number) \
             SELECT '{job}', i, '{resource}', printf('{resource}%06d', i), printf('{job}%06d', i), i FROM n; \
             UPDATE jobs SET last_passed = {upto} WHERE id = '{job}';",
            numbers(upto)
        )
    };
    let taken = |job: &str, resource: &str| {
        format!(
            "{} INSERT INTO build_inputs (job_id, version_id, build_id, name) \
             SELECT '{job}', printf('{resource}%06d', i), printf('{job}%06d', i), '{resource}' FROM n; \
             INSERT INTO job_marks (job_id, name, resource_id, space, version_id) \
             VALUES ('{job}', '{resource}', '{resource}', '', printf('{resource}%06d', {many})); \
             INSERT INTO job_last (job_id, name, resource_id, version_id, number) \
             VALUES ('{job}', '{resource}', '{resource}', printf('{resource}%06d', {many}), {many});",
            numbers(many)
        )
    };
    let looked = |job: &str, source: &str| {
        format!("INSERT INTO horizons (job_id, source_id, upto) VALUES ('{job}', '{source}', {many});")
    };
    [
        versions("app"),
        versions("web"),
        passed("unit", "app", all),
        passed("image", "app", many),
        passed("image", "web", many),
        taken("unit", "app"),
        taken("image", "app"),
        taken("deploy", "app"),
        taken("deploy", "web"),
        looked("unit", "app"),
        looked("image", "unit"),
        looked("deploy", "unit"),
        looked("deploy", "image"),
    ]
    .concat()
}

struct Ledger {
    db: Db,
    /// By the text of a statement: how many steps all runs of it have taken.
    seen: Arc<Mutex<BTreeMap<String, u64>>>,
}

fn ledger(many: u64) -> Ledger {
    let mut db = Db::memory().unwrap();
    crate::store::migrate(&db, Path::new("memory")).unwrap();
    super::commit(&db, &[Part::SetPipeline(Box::new(pipeline()))]);
    db.batch(&history(many)).unwrap();
    let seen: Arc<Mutex<BTreeMap<_, _>>> = Arc::default();
    let heard = Arc::clone(&seen);
    db.watch(move |sql, steps| {
        heard.lock().unwrap().insert(sql.to_owned(), steps);
    });
    Ledger { db, seen }
}

/// What a decision of a job reads, and how many steps that takes.
fn read(ledger: &Ledger, job: &str) -> (JobFacts, u64) {
    let steps = || ledger.seen.lock().unwrap().values().sum::<u64>();
    let before = steps();
    let wanted = Wanted { jobs: vec![job.into()], ..Wanted::default() };
    let facts = facts(&ledger.db, &wanted).unwrap().jobs.remove(&job.into()).unwrap();
    (facts, steps() - before)
}

#[test]
fn what_a_decision_reads_costs_what_is_new() {
    let (few, many) = (ledger(2_000), ledger(50_000));
    for (job, next, builds) in [("unit", 5, 0), ("image", 0, 20), ("deploy", 0, 40), ("fresh", 0, 20)] {
        let (facts, cost) = read(&many, job);
        assert_eq!((facts.inputs[0].next.len(), facts.more), (next, false), "{job}");
        let read_builds = facts.upstream.values().map(Vec::len).sum::<usize>();
        assert!((builds..builds + 10).contains(&read_builds), "{job} {read_builds}");
        assert_eq!(cost, read(&few, job).1, "{job}");
    }
}

#[test]
fn no_decision_goes_through_a_whole_table_that_grows() {
    let ledger = ledger(10);
    for job in ["unit", "image", "deploy", "fresh"] {
        read(&ledger, job);
    }
    let statements: Vec<_> = ledger.seen.lock().unwrap().keys().cloned().collect();
    let grows = ["build_inputs", "builds", "job_marks", "passed", "versions"];
    let mut looked_at = 0;
    for sql in &statements {
        for line in ledger.db.plan(sql) {
            let mut words = line.split_whitespace();
            let whole =
                words.next() == Some("SCAN") && words.next().is_some_and(|table| grows.contains(&table));
            // A selection of the newest has their name.
            let selected = sql.contains("LIMIT ?) AS versions");
            assert!(!whole || selected, "{line}: {sql}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 30, "{looked_at}");
}
