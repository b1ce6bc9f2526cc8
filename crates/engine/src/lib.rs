//! Pure decisions: [facts] in, [parts](part) of a commit out. No clock, no database, nothing async.
//!
//! * [`inputs`]: which builds a job's new versions make, and which versions a build takes
//! * [`cause`]: what a build is made for, as a key that is unique within its job
//! * [`queue`]: which pending build starts next, on which ask, and what it holds
//! * [`why`]: why a job is not running, and what would change that
//! * [`assign`]: asks, and which due check goes to which
//! * [`checks`]: when a check is due again
//!
//! The ledger offers only `facts(wanted) → Facts` and `commit(parts) → Applied | Missed` for each part; the
//! types of both stand here, because they are what decisions are made of.

pub mod assign;
pub mod cause;
pub mod checks;
pub mod facts;
pub mod inputs;
pub mod part;
pub mod queue;
pub mod ticks;
pub mod why;
