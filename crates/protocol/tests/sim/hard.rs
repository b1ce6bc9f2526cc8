//! The runs exercise what they are meant to: without any of it the rules would hold for nothing.

use crate::{Options, generate, run};
use std::collections::BTreeMap;

/// What a trace says, and how often all together say it at least.
const SEEN: [(&str, usize); 30] = [
    ("lost on the wire", 100),
    ("doubled on the wire", 100),
    ("KillServer", 20),
    ("SetClock", 5),
    ("the ledger does not answer", 20),
    ("LostCommit", 1),
    ("Stall {", 100),
    ("worker killed", 20),
    ("machine rebooted", 1),
    ("worker stopped", 5),
    ("worker has drained", 3),
    ("Cut {", 10),
    ("EndLease", 1),
    ("Release {", 2),
    ("fate: Again", 2),
    ("worker lost", 2),
    ("starts attempt", 1_000),
    ("-> Missed", 100),
    ("created: false", 2),
    ("Conflict", 5),
    ("changed: false", 2),
    ("superseded by", 3),
    ("Pause {", 10),
    ("Pin {", 10),
    ("Archive {", 5),
    ("Rerun(", 5),
    ("Tick(", 1),
    ("puts trigger.release", 3),
    ("puts git", 5),
    ("cancelled by bob", 10),
];

#[test]
fn the_runs_are_hard() {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..25 {
        let ran = run(&generate::script(seed), &Options { trace: true, ..Options::default() });
        for line in &ran.trace {
            for (what, _) in SEEN.iter().filter(|(what, _)| line.contains(what)) {
                *count.entry(what).or_default() += 1;
            }
        }
    }
    for (what, least) in SEEN {
        let found = count.get(what).copied().unwrap_or_default();
        assert!(found >= least, "`{what}`: only {found} times, of {count:?}");
    }
}
