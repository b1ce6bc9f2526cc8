//! Faults that are planted are found: without that the rules would hold for nothing.

use crate::dice::Dice;
use crate::model::{Job, Pipeline};
use crate::script::{Act, HostSpec, Script};
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
                    .inspect("SELECT CAST(n AS TEXT) FROM workers WHERE id = ?1", &[lease.worker.as_str()]);
                lease.n = n.first().map_or(0, |n| n.parse().unwrap());
            }
        }
    }
}

/// One of these rules is broken by a fault, in some seed.
fn finds(options: Options, rules: &[&str]) {
    finds_in(generate::script, options, rules);
}

/// The same, with scripts that come close to what is planted.
fn finds_in(script: fn(u64) -> Script, options: Options, rules: &[&str]) {
    let found = first(0..seeds().end.max(200), |seed| {
        let broken = run(&script(seed), &options).result.err();
        broken.filter(|broken| rules.contains(&broken.rule))
    });
    assert!(found.is_some(), "no seed breaks {rules:?}");
}

fn sabotage(sql: &'static str) -> Options {
    Options { sabotage: vec![sql], ..Options::default() }
}

/// Two servers, and builds of two jobs of one serial group that are wanted at the same time, on two workers.
fn rivals(seed: u64) -> Script {
    let mut dice = Dice::named(seed, "rivals");
    let job =
        |name: &str| Job { name: name.into(), groups: vec!["g".into()], work_ms: 200, ..Job::default() };
    let pipeline = Pipeline { name: "p".into(), jobs: vec![job("a"), job("b")], resources: Vec::new() };
    let mut acts = vec![(0, Act::Set { server: 0, pipeline, stale: false })];
    for key in 0..10 {
        let at = 3_000 + key * 2_000 + dice.below(100);
        acts.extend((0..2).map(|of| (at, Act::Trigger { server: of as usize, job: of, key, version: None })));
    }
    let host = |tag: &str| HostSpec { builds: 2, checks: 1, tags: vec![tag.into()] };
    Script { seed, servers: 2, hosts: vec![host("a"), host("b")], acts }
}

/// A worker that is silent for about as long as a lease lasts, a server that is slow to do what it has decided, and
/// another that hears the worker meanwhile.
fn silence(seed: u64) -> Script {
    let mut dice = Dice::named(seed, "silence");
    let job = Job { name: "j".into(), work_ms: 90_000, ..Job::default() };
    let pipeline = Pipeline { name: "p".into(), jobs: vec![job], resources: Vec::new() };
    let mut acts = vec![(0, Act::Set { server: 0, pipeline, stale: false })];
    acts.extend((0..4).map(|key| (2_000, Act::Trigger { server: 1, job: 0, key, version: None })));
    acts.push((4_500, Act::KillServer { server: 1, down_ms: 25_000 }));
    let ms = dice.between(28_000, 40_000);
    acts.push((5_000, Act::Cut { host: 0, server: None, up: true, down: false, ms }));
    acts.extend((0..80).map(|at| (4_000 + at * 601, Act::Stall { server: 0, ms: 600 })));
    acts.sort_by_key(|(at, _)| *at);
    let host = HostSpec { builds: 4, checks: 1, tags: Vec::new() };
    Script { seed, servers: 2, hosts: vec![host], acts }
}

#[test]
fn without_a_fault_nothing_is_found() {
    let broken = |script: Script| run(&script, &Options::default()).result.err();
    assert_eq!(first(0..60, |seed| broken(rivals(seed)).or_else(|| broken(silence(seed)))), None);
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
    finds_in(rivals, sabotage(sql), &["hold"]);
}

#[test]
fn it_finds_that_a_worker_uses_an_ask_twice() {
    finds(Options { keep_used_asks: true, ..Options::default() }, &["R2"]);
}

#[test]
fn it_finds_that_a_lease_ends_though_its_worker_has_spoken() {
    finds_in(silence, Options { blind_leases: true, ..Options::default() }, &["R3"]);
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
