//! A worker's session.

use crate::StoreError;
use crate::db::{Db, values};
use pikoci_plan::id::WorkerId;

/// Notes a worker's session and what it says of itself, and that its lease stands. False if a higher session is known.
///
/// A State that was overtaken by a newer one of its session changes nothing: `n` never goes back, for it is what a lease
/// is judged by.
pub(super) fn session(
    db: &Db,
    worker: &WorkerId,
    (session, n): (u64, u64),
    tags: &[String],
    draining: bool,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let tags = serde_json::to_string(tags).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let changed = db.execute(
        "UPDATE workers SET session = ?, n = ?, tags = ?, draining = ?, lease = 1, seen_ms = ? \
         WHERE id = ? AND (session < ? OR (session = ? AND n <= ?))",
        values![session, n, tags.as_str(), draining, at_ms, worker.as_str(), session, session, n],
    )?;
    if changed > 0 {
        return Ok(true);
    }
    let inserted = db.execute(
        "INSERT INTO workers (id, session, n, tags, draining, lease, seen_ms) VALUES (?, ?, ?, ?, ?, 1, ?) \
         ON CONFLICT DO NOTHING",
        values![worker.as_str(), session, n, tags.as_str(), draining, at_ms],
    )?;
    Ok(inserted > 0 || stands(db, worker, session)?)
}

/// Whether that is the worker's session.
fn stands(db: &Db, worker: &WorkerId, session: u64) -> Result<bool, StoreError> {
    let known =
        db.row("SELECT session FROM workers WHERE id = ?", values![worker.as_str()], |row| row.int(0))?;
    Ok(known == Some(session))
}
