//! Sessions whose lease stands, and attempts whose processes may still be there.

use crate::StoreError;
use crate::db::Db;
use pikoci_engine::facts::Lease;
use pikoci_plan::id::{AttemptId, WorkerId};

/// Idle ones too: who asks for the workers is told of those that are gone. Costs how many workers there are now.
const LEASES: &str = "SELECT id, session, n FROM workers WHERE lease = 1 ORDER BY id";

const UNRELEASED: &str = "SELECT id FROM attempts WHERE released = 0 AND running = 0 ORDER BY id";

/// Sessions whose lease stands.
pub(super) fn leases(db: &Db) -> Result<Vec<Lease>, StoreError> {
    db.rows(LEASES, &[], |row| {
        Ok(Lease { worker: WorkerId(row.text(0)?), session: row.int(1)?, n: row.int(2)? })
    })
}

/// Attempts that have ended without a word that their processes are gone.
pub(super) fn unreleased(db: &Db) -> Result<Vec<AttemptId>, StoreError> {
    db.rows(UNRELEASED, &[], |row| Ok(AttemptId(row.text(0)?)))
}
