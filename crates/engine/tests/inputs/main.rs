//! Which versions a job's builds take: the cases of `docs/reference/input-sets.md`, and properties over random
//! histories. Both are played on a small ledger in memory, which holds each decision against the rules.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod bounds;
mod case;
mod histories;
mod ledger;
mod page;
mod rules;
