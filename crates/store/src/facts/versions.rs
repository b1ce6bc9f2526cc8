//! Versions as facts have them.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::Stored;
use pikoci_plan::id::ResourceId;

/// The columns of [`stored`].
pub(super) const COLUMNS: &str =
    "versions.id, versions.place, versions.space, versions.untrusted, versions.data";

/// A version that no build of the job in question is known to have taken.
pub(super) fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: row.text(0)?,
        order: row.int(1)?,
        space: row.text(2)?,
        untrusted: row.flag(3)?,
        taken: false,
        version: row.json(4)?,
    })
}

/// A version by the id of its row.
pub(super) fn version(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    db.row(&format!("SELECT {COLUMNS} FROM versions WHERE id = ?"), values![id], stored)
}

/// The newest version of a resource, of all spaces.
pub(super) fn newest(db: &Db, resource: &ResourceId, trusted_only: bool) -> Result<Option<Stored>, StoreError> {
    db.row(
        &format!(
            "SELECT {COLUMNS} FROM versions WHERE resource_id = ? AND untrusted <= ? ORDER BY place DESC LIMIT 1"
        ),
        values![resource.as_str(), !trusted_only],
        stored,
    )
}
