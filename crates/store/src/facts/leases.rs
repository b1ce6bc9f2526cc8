//! Sessions whose lease stands, and attempts whose processes may still be there.

use crate::StoreError;
use crate::db::Db;
use pikoci_engine::facts::Lease;
use pikoci_plan::id::{AttemptId, WorkerId};

/// Workers that have running attempts, in whichever session these were given to them, and whose lease stands. Costs what
/// runs.
pub(super) const LEASES: &str = "SELECT workers.id, workers.session, workers.n \
     FROM (SELECT DISTINCT worker_id FROM attempts WHERE running = 1) AS busy \
     JOIN workers ON workers.id = busy.worker_id WHERE workers.lease = 1 ORDER BY workers.id";

pub(super) const UNRELEASED: &str = "SELECT id FROM attempts WHERE released = 0 AND running = 0 ORDER BY id";

/// Sessions whose lease stands and that have running attempts.
pub(super) fn leases(db: &Db) -> Result<Vec<Lease>, StoreError> {
    db.rows(LEASES, &[], |row| {
        Ok(Lease { worker: WorkerId(row.text(0)?), session: row.int(1)?, n: row.int(2)? })
    })
}

/// Attempts that have ended without a word that their processes are gone.
pub(super) fn unreleased(db: &Db) -> Result<Vec<AttemptId>, StoreError> {
    db.rows(UNRELEASED, &[], |row| Ok(AttemptId(row.text(0)?)))
}
