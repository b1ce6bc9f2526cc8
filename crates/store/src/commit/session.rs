//! A worker's session.

use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::Applied;
use pikoci_plan::id::WorkerId;

/// Notes a worker's session, unless a higher one is known.
pub(super) fn session(
    db: &Db,
    worker: &WorkerId,
    session: u64,
    n: u64,
    at_ms: u64,
) -> Result<Applied, StoreError> {
    let changed = db.execute(
        "UPDATE workers SET session = ?, n = ?, seen_ms = ? WHERE id = ? AND session <= ?",
        values![session, n, at_ms, worker.as_str(), session],
    )?;
    let inserted = changed == 0
        && db.execute(
            "INSERT INTO workers (id, session, n, seen_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![worker.as_str(), session, n, at_ms],
        )? > 0;
    Ok(super::yes_or_missed(changed > 0 || inserted))
}
