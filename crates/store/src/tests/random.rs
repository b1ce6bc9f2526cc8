//! Random parts, whatever order they come in: what never happens, after each of them.

use super::{NOW, assignment, build, commit, ledger, session, start};
use crate::db::{Db, values};
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::{CancelWish, Lease};
use pikoci_engine::part::*;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// What is never there, with the rows that would be it.
const NEVER: [(&str, &str); 13] = [
    ("a released attempt that runs", "SELECT id FROM attempts WHERE running = 1 AND released = 1"),
    ("an attempt that ended at no time", "SELECT id FROM attempts WHERE running = 0 AND ended_ms IS NULL"),
    (
        "a running build without its running attempt",
        "SELECT id FROM builds WHERE status = 'running' AND NOT EXISTS (SELECT 1 FROM attempts \
         WHERE attempts.id = builds.attempt_id AND attempts.build_id = builds.id AND attempts.running = 1)",
    ),
    (
        "a running attempt whose build does not have it",
        "SELECT id FROM attempts WHERE running = 1 AND build_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM builds \
         WHERE builds.attempt_id = attempts.id AND builds.status = 'running')",
    ),
    (
        "a check that runs without an attempt",
        "SELECT id FROM checks WHERE running = 1 AND NOT EXISTS (SELECT 1 FROM attempts \
         WHERE attempts.check_id = checks.id AND check_number = checks.number AND attempts.running = 1)",
    ),
    (
        "a running attempt of a run of a check that is over",
        "SELECT id FROM attempts WHERE running = 1 AND check_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks \
         WHERE checks.id = attempts.check_id AND checks.number = attempts.check_number AND checks.running = 1)",
    ),
    (
        "a hold of an attempt that is gone",
        "SELECT hold_key FROM holds WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.id = holds.attempt_id \
         AND attempts.build_id = holds.build_id AND attempts.released = 0)",
    ),
    (
        "a build that waits for processes which are gone",
        "SELECT id FROM builds WHERE status = 'pending' AND ready = 2 AND NOT EXISTS (SELECT 1 FROM attempts \
         WHERE attempts.build_id = builds.id AND attempts.released = 0)",
    ),
    (
        "a pending build with something of a running one",
        "SELECT id FROM builds WHERE status = 'pending' AND (attempt_id IS NOT NULL OR started_ms IS NOT NULL \
         OR revision IS NOT NULL OR cancel > 0 OR ended_ms IS NOT NULL)",
    ),
    (
        "an ended build without its end",
        "SELECT id FROM builds WHERE status NOT IN ('pending', 'running') AND ended_ms IS NULL",
    ),
    ("a build that was lost too often", "SELECT id FROM builds WHERE losses > 2"),
    (
        "something that runs without a lease",
        "SELECT attempts.id FROM attempts JOIN workers ON workers.id = attempts.worker_id \
         WHERE running = 1 AND lease = 0",
    ),
    (
        "two changes of builds with one number",
        "SELECT seq FROM builds GROUP BY seq HAVING COUNT(*) > 1 \
         UNION SELECT seq FROM builds WHERE seq > (SELECT value FROM counters WHERE name = 'builds.seq')",
    ),
];

/// What a part that misses leaves as it is.
const TABLES: [&str; 11] = [
    "pipelines",
    "jobs",
    "resources",
    "checks",
    "versions",
    "causes",
    "builds",
    "workers",
    "attempts",
    "holds",
    "job_started",
];

/// Numbers that follow from a seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }

    fn of<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// One of the builds that are made about now.
    fn build(&mut self, at: u64) -> String {
        format!("b{:03}", at / 10 + self.below(8))
    }

    fn part(&mut self, db: &Db, at: u64) -> Part {
        let attempt = self.attempt(db);
        let at_ms = NOW + at;
        match self.below(16) {
            0 | 1 => Part::CreateBuild(self.create(at)),
            2..=4 => self.start(db, at),
            5 => {
                let next = db.row("SELECT number + 1 FROM checks WHERE id = 'check'", &[], |row| row.int(0));
                let number = next.unwrap().unwrap() + self.below(2);
                let mut to = assignment(&format!("a{at:04}"), self.below(400), "check");
                to.ask.session = self.session(db).0;
                Part::StartCheck(StartCheck { check: "check".into(), number, to })
            }
            6 | 7 => self.advance(db, &attempt, at_ms),
            8 => Part::Lose {
                attempt: attempt.as_str().into(),
                fate: self.of(&[Fate::Again, Fate::Lost]),
                released: self.yes(),
                at_ms,
            },
            9 => Part::Release { attempt: attempt.as_str().into(), at_ms: 9 },
            10 if self.below(4) == 0 => {
                let (session, n) = self.session(db);
                let lease = Lease { worker: "worker".into(), session, n };
                Part::EndLease { lease, at_ms }
            }
            11 | 12 => {
                let (known, n) = self.session(db);
                session(known, n + self.below(2))
            }
            13 => Part::Cancel {
                build: self.build(at).as_str().into(),
                wish: self.of(&[CancelWish::Cancel, CancelWish::SkipHooks]),
                by: "ann".into(),
                at_ms,
            },
            14 if self.yes() => Part::EndPending {
                build: self.build(at).as_str().into(),
                outcome: Outcome::Cancelled,
                message: "superseded by #7".into(),
                at_ms,
            },
            14 => Part::Pause {
                of: self.of(&[Paused::Job("hand".into()), Paused::Pipeline("pipeline".into())]),
                // Mostly it goes on.
                paused: self.below(4) == 0,
                by: "ann".into(),
                at_ms,
            },
            _ => Part::RequestCheck { resource: "app".into(), wanted_ms: at_ms },
        }
    }

    /// Session and `n` of the worker, three times of four those that the ledger knows.
    fn session(&mut self, db: &Db) -> (u64, u64) {
        let known = db.row("SELECT session, n FROM workers", &[], |row| Ok((row.int(0)?, row.int(1)?)));
        let random = (self.below(3), self.below(3));
        if self.below(4) > 0 { known.unwrap().unwrap() } else { random }
    }

    /// A build that is to start, three times of four one that waits.
    fn waiting(&mut self, db: &Db, at: u64) -> String {
        let waiting =
            db.rows("SELECT id FROM builds WHERE status = 'pending'", &[], |row| row.text(0)).unwrap();
        if waiting.is_empty() || self.below(4) == 0 { self.build(at) } else { self.of(&waiting) }
    }

    /// One of those that there are, mostly one that runs.
    fn attempt(&mut self, db: &Db) -> String {
        let condition = self.of(&["running = 1", "running = 1", "released = 0", "1 = 1"]);
        let known = db.rows(&format!("SELECT id FROM attempts WHERE {condition}"), &[], |row| row.text(0));
        let mut known = known.unwrap();
        known.push("unknown".into());
        self.of(&known)
    }

    fn create(&mut self, at: u64) -> CreateBuild {
        let id = self.build(at);
        let job = if id.ends_with(['0', '2', '4', '6', '8']) { "hand" } else { "auto" };
        let version = Version::from([("ref", id.as_str())]);
        let cause = if job == "auto" { Cause::versions([("app", &version)]) } else { Cause::manual(&id) };
        CreateBuild { ready: self.below(4) > 0, cause, space: self.of(&["", "x"]).into(), ..build(&id, job) }
    }

    fn start(&mut self, db: &Db, at: u64) -> Part {
        let holds = self.of(&[&["c:0"] as &[&str], &["c:0", "g"], &["c:1", "g"], &[]]);
        let mut part = start(&self.waiting(db, at), &format!("a{at:04}"), self.below(400), holds);
        if let Part::StartBuild(start) = &mut part {
            start.to.ask.session = self.session(db).0;
        }
        part
    }

    fn advance(&mut self, db: &Db, attempt: &str, at_ms: u64) -> Part {
        let outcome = self.of(&[Outcome::Succeeded, Outcome::Failed, Outcome::Errored, Outcome::Cancelled]);
        let step = StepChange {
            step: 0,
            position: 0,
            status: Status::Running,
            at_ms,
            message: None,
            warning: false,
        };
        let known = db.row("SELECT position FROM attempts WHERE id = ?", values![attempt], |row| row.int(0));
        let from = known.unwrap().unwrap_or_default() + self.below(4) / 3;
        Part::Advance(Advance {
            attempt: attempt.into(),
            from,
            upto: from + 1,
            steps: self.yes().then_some(step).into_iter().collect(),
            frames: vec![],
            outputs: vec![],
            versions: self.yes().then(|| (vec![Version::from([("ref", "new")])], false)),
            result: self.yes().then(|| Ending { stopped: self.yes(), ..outcome.into() }),
            at_ms,
        })
    }
}

/// All rows of the tables.
fn rows(db: &Db) -> Vec<String> {
    let all = |table: &&str| db.rows(&format!("SELECT * FROM {table}"), &[], |row| row.whole()).unwrap();
    TABLES.iter().flat_map(all).collect()
}

/// By build: what somebody who watches it would see change, and the number of its newest change.
fn builds(db: &Db) -> BTreeMap<String, (String, u64)> {
    let sql = "SELECT id, status || ready || cancel || COALESCE(attempt_id, ''), seq FROM builds";
    db.rows(sql, &[], |row| Ok((row.text(0)?, (row.text(1)?, row.int(2)?)))).unwrap().into_iter().collect()
}

fn check(db: &Db, seed: u64, part: &Part) {
    for (what, sql) in NEVER {
        // The number of a change is no text.
        let found = db.rows(sql, &[], |row| row.whole()).unwrap();
        assert!(found.is_empty(), "seed {seed}: {what}: {found:?} after {part:?}");
    }
}

#[test]
fn whatever_comes_in_whatever_order_nothing_is_lost_and_nothing_runs_twice() {
    let mut seen = BTreeMap::new();
    for seed in 1..=30 {
        let (db, mut dice) = (ledger(), Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed)));
        for at in 0..250 {
            let part = dice.part(&db, at);
            let (rows_before, builds_before) = (rows(&db), builds(&db));
            let applied = commit(&db, std::slice::from_ref(&part)).remove(0);
            check(&db, seed, &part);
            if applied == Applied::Missed {
                assert!(rows(&db) == rows_before, "seed {seed}: {part:?} missed and left something");
            }
            for (build, (state, seq)) in builds(&db) {
                let before = builds_before.get(&build);
                let changed = before.is_none_or(|(before, _)| *before != state);
                let told = before.is_none_or(|(_, before)| *before < seq);
                assert!(!changed || told, "seed {seed}: nobody hears of {build} after {part:?}");
            }
            let kind = format!("{part:?}").split([' ', '(']).next().unwrap().to_owned();
            *seen.entry((kind, applied == Applied::Missed)).or_insert(0) += 1;
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 20).collect();
    assert!(rare.is_empty() && seen.len() > 20, "this happens too seldom to say much: {rare:?} of {seen:?}");
}
