//! The lease of a session ends.

use super::end;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::Lease;
use pikoci_engine::part::{Applied, Fate};
use pikoci_plan::id::BuildId;

/// Ends the lease of a session whose `n` is the one that was read, and loses what it runs, and what lower sessions of its
/// worker left: nobody else would.
///
/// Their processes may still be there: what they hold stays theirs until [`release`](super::release).
pub(super) fn end(db: &Db, lease: &Lease, at_ms: u64) -> Result<Applied, StoreError> {
    let worker = lease.worker.as_str();
    let stood = db.execute(
        "UPDATE workers SET lease = 0 WHERE id = ? AND session = ? AND n = ? AND lease = 1",
        values![worker, lease.session, lease.n],
    )?;
    if stood == 0 {
        return Ok(Applied::Missed);
    }
    let attempts = db.rows(
        "SELECT id, build_id FROM attempts WHERE running = 1 AND worker_id = ? ORDER BY id",
        values![worker],
        |row| Ok((row.text(0)?.into(), row.opt_text(1)?.map(BuildId))),
    )?;
    let mut touched = Vec::new();
    for (attempt, build) in attempts {
        if end::lose(db, &attempt, Fate::Lost, false, at_ms)? {
            touched.extend(build);
        }
    }
    Ok(Applied::Touched(touched))
}
