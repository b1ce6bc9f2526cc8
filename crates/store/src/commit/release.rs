//! The processes of an attempt are gone.

use super::{changes, fit};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_plan::id::AttemptId;

/// Frees what an ended attempt holds, and lets its build start again if it waits for that. False if that is known already,
/// or the attempt runs.
pub(super) fn release(db: &Db, attempt: &AttemptId, at_ms: u64) -> Result<bool, StoreError> {
    let first = db.execute(
        "UPDATE attempts SET released = 1 WHERE id = ? AND released = 0 AND running = 0",
        values![attempt.as_str()],
    )?;
    if first == 0 {
        return Ok(false);
    }
    free(db, attempt)?;
    let build = db.row("SELECT build_id FROM attempts WHERE id = ?", values![attempt.as_str()], |row| {
        row.opt_text(0)
    })?;
    let Some(build) = build.flatten() else { return Ok(true) };
    let waited = db.execute(
        "UPDATE builds SET ready = 1 WHERE id = ? AND status = 'pending' AND ready = 2",
        values![build.as_str()],
    )?;
    if waited > 0 {
        changes::touch(db, &build)?;
        fit::build(db, &build.into(), at_ms)?;
    }
    Ok(true)
}

/// Frees what an attempt holds.
pub(super) fn free(db: &Db, attempt: &AttemptId) -> Result<(), StoreError> {
    db.execute("DELETE FROM holds WHERE attempt_id = ?", values![attempt.as_str()]).map(drop)
}
