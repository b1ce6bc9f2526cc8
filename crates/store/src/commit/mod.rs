//! The parts of a commit, a file per kind.
//!
//! An expectation is a row that the part itself writes (`UPDATE … WHERE`), so that it holds at READ COMMITTED
//! too. A part whose first statements find their expectation broken writes nothing.

mod advance;
mod archive;
mod build;
mod cancel;
mod changes;
mod check;
mod decide;
mod effect;
mod end;
mod fit;
mod lease;
mod outputs;
mod passed;
mod pause;
mod pin;
mod pipeline;
mod release;
mod rerun;
mod session;
mod set_check;
mod set_job;
mod set_resource;
mod start;
mod take;
mod tick;
mod versions;

pub(crate) use advance::{INLINE_BYTES, SEGMENT_BYTES};

use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_engine::part::{Applied, Part};
use pikoci_plan::id::JobId;

/// Applies the parts in their order, in the transaction that is open.
pub(crate) fn commit(db: &Db, parts: &[Part]) -> Result<Vec<Applied>, StoreError> {
    parts.iter().map(|part| apply(db, part)).collect()
}

fn apply(db: &Db, part: &Part) -> Result<Applied, StoreError> {
    match part {
        Part::SetPipeline(set) => pipeline::set(db, set),
        Part::Archive { pipeline, by, at_ms } => archive::archive(db, pipeline, by, *at_ms),
        Part::Pause { of, paused, .. } => pause::pause(db, of, *paused).map(yes_or_missed),
        Part::Pin { resource, version, comment, by, at_ms } => {
            let wish = pin::Wish { by, comment: comment.as_deref(), at_ms: *at_ms };
            pin::pin(db, resource, version.as_deref(), &wish).map(yes_or_missed)
        }
        Part::Session { worker, session, n, tags, draining, at_ms } => {
            session::session(db, worker, (*session, *n), tags, *draining, *at_ms).map(yes_or_missed)
        }
        Part::EndLease { lease, at_ms } => lease::end(db, lease, *at_ms),
        Part::Release { attempt, at_ms } => release::release(db, attempt, *at_ms).map(yes_or_missed),
        Part::CreateBuild(create) => build::create(db, create),
        Part::Rerun(rerun) => rerun::rerun(db, rerun),
        Part::Decide(decide) => decide::decide(db, decide),
        Part::StartBuild(start) => start::build(db, start).map(yes_or_missed),
        Part::StartCheck(start) => start::check(db, start).map(yes_or_missed),
        Part::Tick(tick) => tick::tick(db, tick),
        Part::Advance(advance) => advance::advance(db, advance),
        Part::Lose { attempt, fate, released, at_ms } => {
            end::lose(db, attempt, *fate, *released, *at_ms).map(yes_or_missed)
        }
        Part::Cancel { build, wish, by, at_ms } => {
            cancel::cancel(db, build, *wish, by, *at_ms).map(yes_or_missed)
        }
        Part::EndPending { build, outcome, message, at_ms } => {
            cancel::end_pending(db, build, *outcome, message, *at_ms).map(yes_or_missed)
        }
        Part::RequestCheck { resource, wanted_ms } => check::request(db, resource, *wanted_ms),
    }
}

fn yes_or_missed(applied: bool) -> Applied {
    if applied { Applied::Yes } else { Applied::Missed }
}

/// Something that the job's decision reads has changed.
fn raise(db: &Db, job: &JobId) -> Result<(), StoreError> {
    db.execute("UPDATE jobs SET changes = changes + 1, due = 1 WHERE id = ?", values![job.as_str()]).map(drop)
}

/// The jobs of a condition on their rows were given a revision, a pin or a pause: their decisions read something else, and
/// builds that they were about to make may not be made.
fn brake(db: &Db, condition: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        format!("UPDATE jobs SET changes = changes + 1, brakes = brakes + 1, due = active WHERE {condition}");
    db.execute(&sql, values![value]).map(drop)
}

/// Of what comes until the next free decision of these jobs only the newest counts.
fn catch_up(db: &Db, condition: &str, value: &str) -> Result<(), StoreError> {
    db.execute(&format!("UPDATE jobs SET catch_up = 1 WHERE {condition}"), values![value]).map(drop)
}

/// The ids of the only column of an answer.
fn ids<T: From<String>>(db: &Db, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
    db.rows(sql, values, |row| Ok(row.text(0)?.into()))
}
