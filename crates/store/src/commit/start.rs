//! A build or a check is given to an ask.

use super::changes;
use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_engine::assign::Ask;
use pikoci_engine::part::{Assignment, StartBuild, StartCheck};
use pikoci_plan::id::BuildId;

/// The build `pending → running`, with its holds and its new attempt. False, and nothing of it stays, if the build, its
/// plan, a hold, the session or the ask is lost.
pub(super) fn build(db: &Db, start: &StartBuild) -> Result<bool, StoreError> {
    db.whole(|| {
        Ok(session_stands(db, &start.to)?
            && run(db, start)?
            && hold(db, start)?
            && insert(db, &start.to, Some(start.build.as_str()), None)?)
    })
}

/// The check begins its run of that number, with its new attempt. False, and nothing of it stays, if it has begun, or its
/// plan, the session or the ask is lost.
pub(super) fn check(db: &Db, start: &StartCheck) -> Result<bool, StoreError> {
    let to = &start.to;
    db.whole(|| {
        let begun = session_stands(db, to)?
            && db.execute(
                "UPDATE checks SET running = 1, number = ?, started_ms = ? \
                 WHERE id = ? AND number = ? AND plan = ? AND running = 0 AND active = 1 AND tick = 0",
                values![
                    start.number,
                    to.at_ms,
                    start.check.as_str(),
                    start.number.saturating_sub(1),
                    to.plan.as_str(),
                ],
            )? > 0;
        Ok(begun && insert(db, to, None, Some((start.check.as_str(), start.number)))?)
    })
}

/// Whether the worker is in that session, its lease stands, and it takes work.
fn session_stands(db: &Db, to: &Assignment) -> Result<bool, StoreError> {
    let stands = db.execute(
        "UPDATE workers SET session = session WHERE id = ? AND session = ? AND lease = 1 AND draining = 0",
        values![to.ask.worker.as_str(), to.ask.session],
    )?;
    Ok(stands > 0)
}

/// A build as its start needs it.
struct Waiting {
    job: String,
    pipeline: String,
    revision: u64,
    number: u64,
    space: String,
    /// Versions have made it, and its job is one where a newer one counts instead.
    replaceable: bool,
}

/// Takes the build, if it waits and its job is still there with that plan and may run.
fn run(db: &Db, StartBuild { build, to, .. }: &StartBuild) -> Result<bool, StoreError> {
    let Some(of) = waiting(db, build)? else { return Ok(false) };
    let pipeline = db.execute(
        "UPDATE pipelines SET served = ? WHERE id = ? AND revision = ? AND paused = 0 AND archived_ms IS NULL",
        values![to.attempt.as_str(), of.pipeline.as_str(), of.revision],
    )?;
    let job = db.execute(
        "UPDATE jobs SET plan = plan WHERE id = ? AND plan = ? AND active = 1 AND paused = 0",
        values![of.job.as_str(), to.plan.as_str()],
    )?;
    if pipeline == 0 || job == 0 || !is_newest(db, &of)? {
        return Ok(false);
    }
    let taken = db.execute(
        "UPDATE builds SET status = 'running', attempt_id = ?, started_ms = ?, revision = ? \
         WHERE id = ? AND status = 'pending' AND ready = 1",
        values![to.attempt.as_str(), to.at_ms, of.revision, build.as_str()],
    )?;
    if taken > 0 {
        changes::touch(db, build.as_str())?;
    }
    Ok(taken > 0)
}

fn waiting(db: &Db, build: &BuildId) -> Result<Option<Waiting>, StoreError> {
    db.row(
        "SELECT jobs.id, pipelines.id, pipelines.revision, builds.number, builds.space, \
         CASE WHEN jobs.interruptible > 0 AND builds.cause LIKE 'v:%' THEN 1 ELSE 0 END \
         FROM builds JOIN jobs ON jobs.id = builds.job_id JOIN pipelines ON pipelines.id = jobs.pipeline_id \
         WHERE builds.id = ?",
        values![build.as_str()],
        |row| {
            Ok(Waiting {
                job: row.text(0)?,
                pipeline: row.text(1)?,
                revision: row.int(2)?,
                number: row.int(3)?,
                space: row.text(4)?,
                replaceable: row.flag(5)?,
            })
        },
    )
}

/// Where a newer build counts instead: whether none has started since, which is noted for the older ones.
fn is_newest(db: &Db, of: &Waiting) -> Result<bool, StoreError> {
    if !of.replaceable {
        return Ok(true);
    }
    let moved = db.execute(
        "UPDATE job_started SET number = ? WHERE job_id = ? AND space = ? AND number <= ?",
        values![of.number, of.job.as_str(), of.space.as_str(), of.number],
    )?;
    let first = moved == 0
        && db.execute(
            "INSERT INTO job_started (job_id, space, number) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            values![of.job.as_str(), of.space.as_str(), of.number],
        )? > 0;
    Ok(moved > 0 || first)
}

/// Takes the holds in their order. False if somebody has one.
fn hold(db: &Db, start: &StartBuild) -> Result<bool, StoreError> {
    for key in &start.holds {
        let free = db.execute(
            "INSERT INTO holds (hold_key, attempt_id, build_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            values![key, start.to.attempt.as_str(), start.build.as_str()],
        )?;
        if free == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Inserts the attempt's row. False if the ask is used.
fn insert(
    db: &Db,
    to: &Assignment,
    build: Option<&str>,
    check: Option<(&str, u64)>,
) -> Result<bool, StoreError> {
    let Ask { worker, session, ask, n, .. } = &to.ask;
    let inserted = db.execute(
        "INSERT INTO attempts (id, build_id, check_id, check_number, worker_id, session, ask, n, plan, \
         running, released, position, steps, tail_bytes, segments, created_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, '[]', 0, 0, ?) ON CONFLICT DO NOTHING",
        &[
            to.attempt.as_str().into(),
            build.into(),
            check.map(|(check, _)| check).into(),
            check.map_or(Value::Null, |(_, number)| number.into()),
            worker.as_str().into(),
            (*session).into(),
            (*ask).into(),
            (*n).into(),
            to.plan.as_str().into(),
            to.at_ms.into(),
        ],
    )?;
    Ok(inserted > 0)
}
