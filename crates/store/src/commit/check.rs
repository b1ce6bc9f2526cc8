//! Checks are requested, and end.

use super::versions::{self, Found, News};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::{Applied, Ending};
use pikoci_plan::id::{CheckId, ResourceId};
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;

/// For how many milliseconds the attempts of ended checks are kept.
const KEPT_MS: u64 = 10 * 60 * 1000;

/// Wants a check at once; while one runs, that it is repeated.
pub(super) fn request(db: &Db, resource: &ResourceId, at_ms: u64) -> Result<Applied, StoreError> {
    let found = db.row(
        "SELECT checks.id, checks.number FROM resources JOIN checks ON checks.id = resources.check_id \
         WHERE resources.id = ? AND resources.active = 1",
        values![resource.as_str()],
        |row| Ok((CheckId(row.text(0)?), row.int(1)?)),
    )?;
    let Some((check, number)) = found else { return Ok(Applied::Missed) };
    db.execute(
        "UPDATE checks SET again = running, due_ms = CASE WHEN running = 0 AND due_ms > ? THEN ? ELSE due_ms END \
         WHERE id = ?",
        values![at_ms, at_ms, check.as_str()],
    )?;
    Ok(Applied::Requested { check, number: number + 1 })
}

/// Ends the run of a check and stores what it found for all resources that share it.
pub(super) fn end(
    db: &Db,
    check: &CheckId,
    number: u64,
    found: Option<&(Vec<Version>, bool)>,
    ending: &Ending,
    at_ms: u64,
) -> Result<News, StoreError> {
    let error = match ending.outcome {
        Outcome::Succeeded => None,
        other => Some(ending.message.as_deref().unwrap_or(other.as_str())),
    };
    let more = found.is_some_and(|(_, more)| *more);
    let again = is_repeated(db, check)?;
    let ended = db.execute(
        "UPDATE checks SET running = 0, ended_ms = ?, error = ?, \
         due_ms = CASE WHEN again = 1 OR ? = 1 THEN ? ELSE ? + interval_ms END, again = 0 \
         WHERE id = ? AND number = ? AND running = 1",
        values![at_ms, error, more, at_ms, at_ms, check.as_str(), number],
    )?;
    purge(db, check, at_ms)?;
    match found {
        Some((versions, _)) if ended > 0 && ending.outcome == Outcome::Succeeded => {
            let found = Found { versions, settles: !again };
            versions::store_all(db, &resources(db, check.as_str())?, found, at_ms)
        }
        _ => Ok(News::default()),
    }
}

/// Whether the run will be followed by another at once: it may have looked before something happened.
fn is_repeated(db: &Db, check: &CheckId) -> Result<bool, StoreError> {
    let again = db.row("SELECT again FROM checks WHERE id = ?", values![check.as_str()], |row| row.flag(0));
    Ok(again?.unwrap_or(false))
}

/// The run of a check was lost: it is wanted again.
pub(super) fn lose(db: &Db, check: &CheckId, number: u64, at_ms: u64) -> Result<(), StoreError> {
    db.execute(
        "UPDATE checks SET running = 0, again = 0, due_ms = ? WHERE id = ? AND number = ? AND running = 1",
        values![at_ms, check.as_str(), number],
    )
    .map(drop)
}

/// The resources that share a check, in file order.
pub(super) fn resources(db: &Db, check: &str) -> Result<Vec<ResourceId>, StoreError> {
    db.rows(
        "SELECT id FROM resources WHERE check_id = ? AND active = 1 ORDER BY place",
        values![check],
        |row| Ok(ResourceId(row.text(0)?)),
    )
}

/// Removes what is left of runs that ended long ago.
fn purge(db: &Db, check: &CheckId, at_ms: u64) -> Result<(), StoreError> {
    let old = db.rows(
        "SELECT id FROM attempts WHERE check_id = ? AND ended_ms < ?",
        values![check.as_str(), at_ms.saturating_sub(KEPT_MS)],
        |row| row.text(0),
    )?;
    for attempt in &old {
        for table in ["log_frames", "log_segments"] {
            db.execute(&format!("DELETE FROM {table} WHERE attempt_id = ?"), values![attempt])?;
        }
        db.execute("DELETE FROM attempts WHERE id = ?", values![attempt])?;
    }
    Ok(())
}
