//! The simulator: the protocol's two machines and the real ledger under a simulated clock, on a wire that loses, doubles,
//! delays and reorders, with servers that restart and stall and workers that are killed.
//!
//! Every run follows from its seed alone. Each seed runs twice and must give the same trace. To look at one:
//!
//! ```text
//! SIM_SEED=17 cargo test -p pikoci-protocol --test sim one_seed -- --nocapture
//! ```
//!
//! `SIM_SEEDS=5000` sets how many are run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod host;
mod rules;
mod server;
mod world;

use world::{Options, World};

/// How many seeds are run where `SIM_SEEDS` does not say so.
const SEEDS: u64 = 120;

fn seeds() -> u64 {
    std::env::var("SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// Runs a seed; what was broken, if anything, and the trace.
fn run(seed: u64, options: Options) -> (Result<(), String>, Vec<String>) {
    let mut world = World::new(seed, options);
    let result = world.run();
    (result, world.trace)
}

#[test]
fn the_rules_hold_on_every_seed_and_every_seed_gives_one_trace() {
    for seed in 0..seeds() {
        let (result, trace) = run(seed, Options::default());
        if let Err(broken) = result {
            let tail = trace[trace.len().saturating_sub(60)..].join("\n");
            panic!("seed {seed}: {broken}\n{tail}\nrun it with SIM_SEED={seed}");
        }
        let (_, again) = run(seed, Options::default());
        let differs = trace.iter().zip(&again).position(|(one, two)| one != two);
        assert!(
            trace.len() == again.len() && differs.is_none(),
            "seed {seed} gave two traces, from line {differs:?} on"
        );
    }
}

/// Prints the trace of one seed.
#[test]
fn one_seed() {
    let Some(seed) = std::env::var("SIM_SEED").ok().and_then(|text| text.parse().ok()) else { return };
    let (result, trace) = run(seed, Options::default());
    println!("{}", trace.join("\n"));
    assert_eq!(result, Ok(()));
}

/// The runs exercise what they are meant to: without any of it the rules would hold for nothing.
#[test]
fn the_runs_are_hard() {
    let all: Vec<String> = (0..60).flat_map(|seed| run(seed, Options::default()).1).collect();
    let count = |what: &str| all.iter().filter(|line| line.contains(what)).count();
    for (what, least) in [
        ("lost on the wire", 100),
        ("doubled on the wire", 100),
        ("server killed", 20),
        ("worker killed", 20),
        ("stalls", 20),
        ("starts attempt", 500),
        ("refuses attempt", 1),
        ("errored: worker lost", 5),
        ("cancelled", 5),
        ("was made before", 20),
        ("puts git.out", 100),
        ("puts git.r", 30),
    ] {
        assert!(count(what) >= least, "`{what}`: only {} times", count(what));
    }
}

fn finds(options: Options) -> Option<String> {
    (0..seeds()).find_map(|seed| run(seed, options.clone()).0.err())
}

#[test]
fn it_finds_that_a_cause_is_not_unique() {
    let found = finds(Options { sabotage: Some("DROP INDEX causes_by_key"), ..Options::default() });
    assert!(found.as_ref().is_some_and(|broken| broken.starts_with("R1")), "{found:?}");
}

#[test]
fn it_finds_that_an_ask_is_not_unique_in_the_ledger() {
    let found = finds(Options { sabotage: Some("DROP INDEX attempts_by_ask"), ..Options::default() });
    assert!(found.is_some());
}

#[test]
fn it_finds_that_a_worker_uses_an_ask_twice() {
    let found = finds(Options { keep_used_asks: true, ..Options::default() });
    assert!(found.as_ref().is_some_and(|broken| broken.starts_with("R2")), "{found:?}");
}

#[test]
fn it_finds_that_an_output_is_not_recorded() {
    let lose = "CREATE TRIGGER lose BEFORE INSERT ON build_outputs BEGIN SELECT RAISE(IGNORE); END";
    let found = finds(Options { sabotage: Some(lose), ..Options::default() });
    assert!(found.as_ref().is_some_and(|broken| broken.starts_with("R2")), "{found:?}");
}

#[test]
fn it_finds_that_what_a_put_made_starts_nothing() {
    let lose = "CREATE TRIGGER lose BEFORE INSERT ON versions WHEN NEW.resource_id = 'git.out' AND NEW.place > 3 \
                BEGIN SELECT RAISE(IGNORE); END";
    let found = finds(Options { sabotage: Some(lose), ..Options::default() });
    assert!(found.is_some());
}
