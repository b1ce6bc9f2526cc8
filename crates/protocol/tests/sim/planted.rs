//! Faults that are planted are found: without that the rules would hold for nothing.

use crate::seeds::{first, seeds};
use crate::world::World;
use crate::{Options, generate, run};
use pikoci_engine::part::Part;

impl World {
    /// Ends leases without a look at what was read.
    pub(crate) fn sabotage_parts(&self, parts: &mut [Part]) {
        if !self.options.blind_leases {
            return;
        }
        for part in parts {
            if let Part::EndLease { lease, .. } = part {
                let n = self
                    .inspect(&format!("SELECT CAST(n AS TEXT) FROM workers WHERE id = '{}'", lease.worker));
                lease.n = n.first().map_or(0, |n| n.parse().unwrap());
            }
        }
    }
}

/// One of these rules is broken by a fault, in some seed.
fn finds(options: Options, rules: &[&str]) {
    let found = first(0..seeds().end.max(600), |seed| {
        let broken = run(&generate::script(seed), &options).result.err();
        broken.filter(|broken| rules.contains(&broken.rule))
    });
    assert!(found.is_some(), "no seed breaks {rules:?}");
}

fn sabotage(sql: &'static str) -> Options {
    Options { sabotage: vec![sql], ..Options::default() }
}

#[test]
fn it_finds_that_a_cause_is_not_unique() {
    finds(sabotage("DROP INDEX causes_by_key"), &["R1"]);
}

#[test]
fn it_finds_that_an_ask_is_not_unique_in_the_ledger() {
    finds(sabotage("DROP INDEX attempts_by_ask"), &["R2", "R3"]);
}

#[test]
fn it_finds_that_a_hold_is_not_unique() {
    let sql = "DROP TABLE holds; CREATE TABLE holds (hold_key TEXT, attempt_id TEXT, build_id TEXT)";
    finds(sabotage(sql), &["hold"]);
}

#[test]
fn it_finds_that_a_worker_uses_an_ask_twice() {
    finds(Options { keep_used_asks: true, ..Options::default() }, &["R2"]);
}

#[test]
fn it_finds_that_a_lease_ends_though_its_worker_has_spoken() {
    finds(Options { blind_leases: true, ..Options::default() }, &["R3"]);
}

#[test]
fn it_finds_that_a_counter_is_not_raised() {
    let sql = "CREATE TRIGGER lose BEFORE UPDATE OF changes ON jobs \
               WHEN NEW.brakes = OLD.brakes AND NEW.decided = OLD.decided BEGIN SELECT RAISE(IGNORE); END";
    finds(sabotage(sql), &["R1", "R7"]);
}

#[test]
fn it_finds_that_what_passed_is_not_recorded() {
    let sql = "CREATE TRIGGER lose BEFORE INSERT ON passed BEGIN SELECT RAISE(IGNORE); END";
    finds(sabotage(sql), &["R1"]);
}

#[test]
fn it_finds_that_a_jobs_group_is_ignored() {
    let sql = "CREATE TRIGGER lose AFTER UPDATE OF holds ON jobs BEGIN UPDATE jobs SET holds = '[]' WHERE id = NEW.id; END";
    finds(sabotage(sql), &["group"]);
}

#[test]
fn it_finds_that_an_output_is_not_recorded() {
    let sql = "CREATE TRIGGER lose BEFORE INSERT ON build_outputs BEGIN SELECT RAISE(IGNORE); END";
    finds(sabotage(sql), &["R2", "R1"]);
}
