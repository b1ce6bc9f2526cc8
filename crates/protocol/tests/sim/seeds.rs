//! Many seeds, on all cores; and one run to look at.

use crate::script::Script;
use crate::{Broken, Options, generate, run, shrink};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many seeds are run where `SIM_SEEDS` does not say so.
const SEEDS: u64 = 40;

/// How much of a trace is printed.
const TAIL: usize = 80;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// How many seeds are to be run, and from which on.
pub(crate) fn seeds() -> std::ops::Range<u64> {
    let first = number("SIM_FIRST").unwrap_or_default();
    first..first + number("SIM_SEEDS").unwrap_or(SEEDS)
}

/// The first of these seeds, in the order in which they are done, for which `look` has something to say.
pub(crate) fn first<T: Send>(
    seeds: std::ops::Range<u64>,
    look: impl Fn(u64) -> Option<T> + Sync,
) -> Option<(u64, T)> {
    let (next, found) = (AtomicU64::new(seeds.start), Mutex::new(None));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        while found.lock().unwrap().is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            if let Some(said) = look(seed) {
                found.lock().unwrap().get_or_insert((seed, said));
            }
        }
    };
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    found.into_inner().unwrap()
}

/// Runs a seed twice. What it broke.
fn twice(seed: u64) -> Option<Broken> {
    let script = generate::script(seed);
    let (one, two) = (run(&script, &Options::default()), run(&script, &Options::default()));
    let same = one.digest == two.digest;
    let differs = Broken { rule: "same", what: "two runs gave two traces".into() };
    one.result.err().or((!same).then_some(differs))
}

#[test]
fn the_rules_hold_on_every_seed_and_every_seed_gives_one_trace() {
    let Some((seed, broken)) = first(seeds(), twice) else { return };
    let script = shrink::shrink(&generate::script(seed), &Options::default(), broken.rule);
    let ran = run(&script, &Options { trace: true, ..Options::default() });
    let file = std::env::temp_dir().join(format!("sim-{seed}.script"));
    std::fs::write(&file, script.print()).unwrap();
    let tail = ran.trace[ran.trace.len().saturating_sub(TAIL)..].join("\n");
    panic!(
        "seed {seed}: {broken}\nshrunk: {:?}\n{tail}\n\n{}\n\nrun it with SIM_SEED={seed}, or shrunk with SIM_SCRIPT={}",
        ran.result,
        script.print(),
        file.display()
    );
}

/// What is broken over all seeds, a line each: `SIM_ALL=1`.
#[test]
fn all_that_breaks() {
    if number("SIM_ALL").is_none() {
        return;
    }
    let none = first(seeds(), |seed| {
        if let Some(broken) = twice(seed) {
            println!("seed {seed}: {broken}");
        }
        None::<()>
    });
    assert_eq!(none, None);
}

/// Prints the trace of one seed, or of a script in a file.
#[test]
fn one_run() {
    let script = match (std::env::var("SIM_SCRIPT"), number("SIM_SEED")) {
        (Ok(file), _) => Script::parse(&std::fs::read_to_string(file).unwrap()),
        (_, Some(seed)) => generate::script(seed),
        _ => return,
    };
    let ran = run(&script, &Options { trace: true, ..Options::default() });
    println!("{}", ran.trace.join("\n"));
    assert_eq!(ran.result, Ok(()));
}

#[test]
fn a_script_is_read_back() {
    let script = generate::script(7);
    assert_eq!(Script::parse(&script.print()), script);
}
