//! A build or a check is given to an ask.

use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_engine::assign::Ask;
use pikoci_engine::part::{Assignment, StartBuild, StartCheck};

/// The build `pending → running`, and its new attempt. False if the build, the session or the ask is lost.
pub(super) fn build(db: &Db, start: &StartBuild) -> Result<bool, StoreError> {
    let to = &start.to;
    if !insert(db, to, Some(start.build.as_str()), None)? {
        return Ok(false);
    }
    let taken = db.execute(
        "UPDATE builds SET status = 'running', attempt_id = ?, started_ms = ? \
         WHERE id = ? AND status = 'pending' AND ready = 1",
        values![to.attempt.as_str(), to.at_ms, start.build.as_str()],
    )?;
    keep_if(db, to, taken > 0)
}

/// The check begins its run of that number, and its new attempt. False if it has, or the session or ask is lost.
pub(super) fn check(db: &Db, start: &StartCheck) -> Result<bool, StoreError> {
    let to = &start.to;
    if !insert(db, to, None, Some((start.check.as_str(), start.number)))? {
        return Ok(false);
    }
    let taken = db.execute(
        "UPDATE checks SET running = 1, number = ?, started_ms = ? \
         WHERE id = ? AND number = ? AND running = 0 AND active = 1",
        values![start.number, to.at_ms, start.check.as_str(), start.number - 1],
    )?;
    keep_if(db, to, taken > 0)
}

/// Inserts the attempt's row, if the worker is in that session and the ask is not used.
fn insert(
    db: &Db,
    to: &Assignment,
    build: Option<&str>,
    check: Option<(&str, u64)>,
) -> Result<bool, StoreError> {
    let Ask { worker, session, ask, n } = &to.ask;
    let session_stands = db.execute(
        "UPDATE workers SET session = session WHERE id = ? AND session = ?",
        values![worker.as_str(), *session],
    )?;
    if session_stands == 0 {
        return Ok(false);
    }
    let inserted = db.execute(
        "INSERT INTO attempts (id, build_id, check_id, check_number, worker_id, session, ask, n, plan, \
         running, position, steps, tail_bytes, segments, created_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, '[]', 0, 0, ?) ON CONFLICT DO NOTHING",
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

/// Takes the row back where what it was for could not be had.
fn keep_if(db: &Db, to: &Assignment, taken: bool) -> Result<bool, StoreError> {
    if !taken {
        db.execute("DELETE FROM attempts WHERE id = ?", values![to.attempt.as_str()])?;
    }
    Ok(taken)
}
