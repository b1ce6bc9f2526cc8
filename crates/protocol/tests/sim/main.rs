//! The simulator: the protocol's two machines and the real ledger under a simulated clock, on a wire that loses, doubles,
//! delays and reorders, with servers that restart and stall and workers that are killed, stopped and drained.
//!
//! A run follows from its [script](script) alone, and a script from a seed. Each seed runs twice and must give the same
//! trace. One that breaks a [rule](rules) is [shrunk](shrink) and printed. To look at one:
//!
//! ```text
//! SIM_SEED=17 cargo test -p pikoci-protocol --test sim one_run -- --nocapture
//! SIM_SCRIPT=/tmp/sim-17.script cargo test -p pikoci-protocol --test sim one_run -- --nocapture
//! ```
//!
//! `SIM_SEEDS=5000` sets how many are run, `SIM_FIRST=100000` from where on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod dice;
mod executor;
mod fair;
mod generate;
mod hard;
mod host;
mod ledger;
mod model;
mod outside;
mod planted;
mod rules;
mod script;
mod seeds;
mod server;
mod shrink;
mod trace;
mod wire;
mod world;

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its name: `R1` to `R7`, or a word.
    pub(crate) rule: &'static str,
    /// What was seen.
    pub(crate) what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// What is done to a world beyond its script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Statements that plant a fault in the ledger.
    pub(crate) sabotage: Vec<&'static str>,
    /// Workers leave the ask of a started attempt open.
    pub(crate) keep_used_asks: bool,
    /// Leases end without a look at the number that was read.
    pub(crate) blind_leases: bool,
    /// Keep the trace as text.
    pub(crate) trace: bool,
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) result: Result<(), Broken>,
    pub(crate) digest: u64,
    pub(crate) trace: Vec<String>,
}

/// Runs a script. What panics in it has broken a rule, too.
pub(crate) fn run(script: &script::Script, options: &Options) -> Ran {
    let mut world = world::World::new(script, options);
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.run()));
    let result = ran.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let what = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Broken { rule: "panic", what: what.unwrap_or_default() })
    });
    if result.is_ok() {
        ledger::keep(&world.store, options);
    }
    Ran { result, digest: world.trace.digest(), trace: std::mem::take(&mut world.trace.lines) }
}
