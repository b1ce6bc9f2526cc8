//! The parts of a commit, a file per kind.
//!
//! An expectation is a row that the part itself writes (`UPDATE … WHERE`), so that it holds at READ COMMITTED
//! too. A part whose first statements find their expectation broken writes nothing.

mod advance;
mod build;
mod check;
mod outputs;
mod pipeline;
mod session;
mod start;
mod versions;

pub(crate) use advance::{INLINE_BYTES, SEGMENT_BYTES};

use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::{Applied, Part};
use pikoci_plan::id::JobId;

/// Applies the parts in their order, in the transaction that is open.
pub(crate) fn commit(db: &Db, parts: &[Part]) -> Result<Vec<Applied>, StoreError> {
    parts.iter().map(|part| apply(db, part)).collect()
}

fn apply(db: &Db, part: &Part) -> Result<Applied, StoreError> {
    match part {
        Part::SetPipeline(set) => pipeline::set(db, set),
        Part::Session { worker, session, n, at_ms } => session::session(db, worker, *session, *n, *at_ms),
        Part::CreateBuild(create) => build::create(db, create),
        Part::Decide(decide) => build::decide(db, decide),
        Part::StartBuild(start) => start::build(db, start).map(yes_or_missed),
        Part::StartCheck(start) => start::check(db, start).map(yes_or_missed),
        Part::Advance(advance) => advance::advance(db, advance),
        Part::Lose { attempt, fate, at_ms } => advance::lose(db, attempt, *fate, *at_ms).map(yes_or_missed),
        Part::Cancel { build, wish, at_ms } => build::cancel(db, build, *wish, *at_ms).map(yes_or_missed),
        Part::EndPending { build, outcome, message, at_ms } => {
            build::end_pending(db, build, *outcome, message, *at_ms).map(yes_or_missed)
        }
        Part::RequestCheck { resource, at_ms } => check::request(db, resource, *at_ms),
    }
}

fn yes_or_missed(applied: bool) -> Applied {
    if applied { Applied::Yes } else { Applied::Missed }
}

/// Something that the job's decision reads has changed.
fn raise(db: &Db, job: &JobId) -> Result<(), StoreError> {
    db.execute("UPDATE jobs SET changes = changes + 1, due = 1 WHERE id = ?", values![job.as_str()]).map(drop)
}
