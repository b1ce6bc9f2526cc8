//! What facts and commits cost does not depend on how much history there is, nor on how much waits.
//!
//! Costs are counted in steps of the database's machine, so that the tests need no clock.

use super::{NOW, assignment, build, end, session, start};
use crate::db::Db;
use crate::facts::facts;
use pikoci_engine::facts::{CancelWish, Facts, Lease, Wanted, WorkerWanted};
use pikoci_engine::part::*;
use pikoci_plan::id::AttemptId;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What was run.
#[derive(Default)]
pub(super) struct Seen {
    /// By the text of a statement: how many steps it had taken when it was last heard of.
    statements: BTreeMap<String, u64>,
    pub(super) steps: u64,
}

impl Seen {
    fn hear(&mut self, sql: &str, all: u64) {
        let before = self.statements.insert(sql.to_owned(), all).unwrap_or_default();
        // A statement that has been compiled anew counts from zero.
        self.steps += if all >= before { all - before } else { all };
    }
}

pub(super) struct Ledger {
    pub(super) db: Db,
    pub(super) seen: Arc<Mutex<Seen>>,
}

pub(super) const MANY: u64 = 100_000;

impl Ledger {
    /// One with so many pending builds of each job, ended ones, ended attempts and versions, and checks that are not due.
    pub(super) fn with(many: u64) -> Self {
        let mut ledger = Self { db: super::ledger(), seen: Arc::default() };
        for id in ["b1", "b2", "b3", "b4"] {
            ledger.commit(&[Part::CreateBuild(build(id, "hand"))]);
        }
        ledger.db.batch(&history(many)).unwrap();
        let seen = Arc::clone(&ledger.seen);
        ledger.db.watch(move |sql, steps| seen.lock().unwrap().hear(sql, steps));
        ledger
    }

    fn commit(&self, parts: &[Part]) -> Vec<Applied> {
        super::commit(&self.db, parts)
    }

    fn facts(&self) -> Facts {
        let wanted = Wanted {
            jobs: vec!["hand".into()],
            queue: vec![Vec::new(); 3],
            checks: vec![Vec::new(); 3],
            now_ms: NOW,
            workers: vec![WorkerWanted {
                worker: "worker".into(),
                session: 1,
                asks: vec![1, 2, 3],
                held: vec!["e000001".into()],
            }],
            positions: vec!["e000002".into()],
            builds: vec!["b1".into()],
            leases: true,
            ..Wanted::default()
        };
        facts(&self.db, &wanted).unwrap()
    }

    /// How many steps `work` takes.
    fn steps<T>(&self, work: impl FnOnce(&Self) -> T) -> (u64, T) {
        let before = self.seen.lock().unwrap().steps;
        let done = work(self);
        (self.seen.lock().unwrap().steps - before, done)
    }

    /// Applies parts, one commit each; none may miss. How many steps each takes.
    fn costs(&self, parts: &[Part]) -> Vec<u64> {
        let cost = |part: &Part| {
            let (steps, applied) = self.steps(|ledger| ledger.commit(std::slice::from_ref(part)));
            assert_ne!(applied, [Applied::Missed], "{part:?}");
            steps
        };
        parts.iter().map(cost).collect()
    }
}

fn history(many: u64) -> String {
    let numbers =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})");
    let build = |prefix: &str, job: &str, number: u64, status: &str| {
        format!(
            "{numbers} INSERT INTO builds (id, job_id, number, cause, status, ready, inputs, cancel, created_ms) \
             SELECT printf('{prefix}%06d', i), '{job}', {number} + i, 'v:' || i, '{status}', 1, '[]', 0, 1 FROM n;"
        )
    };
    let attempt = |prefix: &str, of: &str, worker: &str| {
        format!(
            "{numbers} INSERT INTO attempts (id, {of}, worker_id, session, ask, n, plan, running, released, position, \
             steps, tail_bytes, segments, created_ms, ended_ms) SELECT printf('{prefix}%06d', i), \
             printf('e%06d', i), '{worker}', 1, 1000000 + i, 1, '', 0, 1, 1, '[]', 0, 0, 1, {NOW} FROM n;"
        )
    };
    [
        build("p", "hand", 1_000_000, "pending"),
        build("q", "auto", 1_000_000, "pending"),
        build("e", "hand", 2_000_000, "succeeded"),
        build("f", "auto", 2_000_000, "cancelled"),
        attempt("e", "build_id", "worker"),
        // Of one check.
        attempt("f", "check_id", "other").replacen("printf('e%06d', i)", "'check'", 1),
        format!(
            "{numbers} INSERT INTO checks (id, check_key, plan, active, running, again, number, due_ms) \
             SELECT printf('c%06d', i), CAST(i AS BLOB), '', 1, 0, 0, 1, {NOW} * 2 + i FROM n;"
        ),
        format!(
            "{numbers} INSERT INTO versions (id, resource_id, identity, place, data, created_ms) \
             SELECT printf('v%06d', i), 'app', CAST(i AS BLOB), i, '{{}}', 1 FROM n;"
        ),
        format!("UPDATE resources SET last_order = {many} WHERE id = 'app';"),
    ]
    .concat()
}

/// A day of a ledger: each kind of part that starts, ends or loses something.
fn day() -> Vec<Part> {
    let check = StartCheck { check: "check".into(), number: 1, to: assignment("c1", 9, "check") };
    let lose = |attempt: &str, released| Part::Lose {
        attempt: AttemptId(attempt.into()),
        fate: Fate::Lost,
        released,
        at_ms: NOW,
    };
    vec![
        Part::RequestCheck { resource: "app".into(), wanted_ms: 3 },
        Part::StartCheck(check),
        end("c1", Some((vec![Version::from([("ref", "new")])], false))),
        start("b1", "a1", 1, &["c:hand:0", "g:pipeline:group"]),
        end("a1", None),
        start("p000001", "a2", 2, &["c:hand:0"]),
        lose("a2", false),
        Part::Release { attempt: "a2".into(), at_ms: 9 },
        start("q000001", "a3", 3, &[]),
        Part::Cancel { build: "q000001".into(), wish: CancelWish::Cancel, by: "ann".into(), at_ms: NOW },
        Part::Cancel { build: "b4".into(), wish: CancelWish::Cancel, by: "ann".into(), at_ms: NOW },
        lose("a3", true),
        start("b2", "a4", 4, &["c:hand:1"]),
        start("b3", "a5", 5, &["c:hand:2"]),
        session(1, 2),
        Part::EndLease { lease: Lease { worker: "worker".into(), session: 1, n: 2 }, at_ms: NOW },
        Part::Tick(Tick {
            check: "tick".into(),
            due_ms: 15 * 60_000,
            version: Version::from([("date", "now")]),
            next_ms: Some(NOW * 2),
            at_ms: NOW,
        }),
        Part::CreateBuild(build("b5", "auto")),
    ]
}

#[test]
fn what_facts_cost_does_not_depend_on_what_waits_and_what_was() {
    let cost = |many| {
        let ledger = Ledger::with(many);
        let (before, found) = ledger.steps(Ledger::facts);
        let waiting: Vec<_> = found.queue.iter().map(|job| job.builds.len()).collect();
        assert_eq!((waiting, found.due_checks.len(), found.due_ticks.len()), (vec![3, 3], 1, 1));
        // Some of it at work.
        ledger.costs(&day()[3..14]);
        let (after, found) = ledger.steps(Ledger::facts);
        assert_eq!((found.attempts.len(), found.leases.len(), found.holds.len()), (6, 1, 2));
        (before, after)
    };
    let few = cost(10);
    assert_eq!(cost(MANY), few);
    assert!(few.0 > 100, "they are counted");
}

#[test]
fn what_parts_cost_does_not_depend_on_what_waits_and_what_was() {
    let few = Ledger::with(10).costs(&day());
    let many = Ledger::with(MANY).costs(&day());
    for ((part, few), many) in day().iter().zip(few).zip(many) {
        assert_eq!(many, few, "{part:?}");
    }
}

#[test]
fn what_a_decision_costs_does_not_depend_on_how_many_spaces_there_were() {
    let cost = |many: u64| {
        let ledger = Ledger::with(many);
        let spaces = format!(
            "UPDATE versions SET space = id; \
             INSERT INTO job_marks SELECT 'auto', 'app', 'app', space, id FROM versions; \
             INSERT INTO horizons (job_id, source_id, upto) VALUES ('auto', 'app', {many} - 2)"
        );
        ledger.db.batch(&spaces).unwrap();
        let wanted = Wanted { jobs: vec!["auto".into()], ..Wanted::default() };
        let (steps, found) = ledger.steps(|ledger| facts(&ledger.db, &wanted).unwrap());
        let next: Vec<_> = found.jobs[&"auto".into()].inputs[0].next.iter().map(|next| next.order).collect();
        assert_eq!(next, [many - 1, many]);
        steps
    };
    assert_eq!(cost(1_000), cost(MANY));
}

#[test]
fn no_statement_goes_through_a_whole_table_that_grows() {
    let ledger = Ledger::with(10);
    ledger.facts();
    ledger.costs(&day());
    ledger.facts();
    let statements: Vec<_> = ledger.seen.lock().unwrap().statements.keys().cloned().collect();
    let grows = [
        "attempts",
        "build_inputs",
        "build_outputs",
        "builds",
        "causes",
        "checks",
        "job_marks",
        "job_started",
        "jobs",
        "pipelines",
        "resources",
        "workers",
        "log_frames",
        "log_segments",
        "passed",
        "versions",
    ];
    let mut looked_at = 0;
    for sql in statements.iter().filter(|sql| sql.contains("WHERE")) {
        let plan = ledger.db.plan(sql);
        looked_at += plan.len();
        let named = |line: &&String, how: &[&str]| {
            let mut words = line.split_whitespace();
            let how = words.next().is_some_and(|word| how.contains(&word));
            how && words.next().is_some_and(|table| grows.contains(&table))
        };
        assert_eq!(plan.iter().find(|line| named(line, &["SCAN"])), None, "{sql}");
        let reads = plan.iter().any(|line| named(&line, &["SEARCH"]));
        let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE") && line.ends_with("ORDER BY"));
        assert!(!(reads && sorts && sql.contains("LIMIT")), "{sql} sorts more than it gives");
    }
    assert!(looked_at > 50, "{looked_at}");
}
