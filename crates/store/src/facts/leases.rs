//! Sessions whose lease stands, and attempts whose processes may still be there.

use crate::StoreError;
use crate::db::Db;
use pikoci_engine::facts::Lease;
use pikoci_plan::id::AttemptId;

/// Sessions whose lease stands and that have running attempts.
pub(super) fn leases(db: &Db) -> Result<Vec<Lease>, StoreError> {
    let _ = db;
    Ok(Vec::new())
}

/// Attempts that have ended without a word that their processes are gone.
pub(super) fn unreleased(db: &Db) -> Result<Vec<AttemptId>, StoreError> {
    let _ = db;
    Ok(Vec::new())
}
