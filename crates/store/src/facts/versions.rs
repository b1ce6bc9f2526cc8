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
pub(super) fn newest(
    db: &Db,
    resource: &ResourceId,
    trusted_only: bool,
) -> Result<Option<Stored>, StoreError> {
    db.row(
        &format!(
            "SELECT {COLUMNS} FROM versions WHERE resource_id = ? {} ORDER BY place DESC LIMIT 1",
            trusted(trusted_only)
        ),
        values![resource.as_str()],
        stored,
    )
}

/// The condition that leaves out what comes from outside.
pub(super) fn trusted(only: bool) -> &'static str {
    if only { "AND versions.untrusted = 0" } else { "" }
}

/// The newest version of each space, the newest first. Costs two look-ups for each space, however many versions it has.
pub(crate) fn newest_of_spaces(
    db: &Db,
    resource: &ResourceId,
    trusted_only: bool,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let trusted = trusted(trusted_only);
    db.rows(
        &format!(
            "WITH RECURSIVE spaces (name) AS (SELECT MIN(space) FROM versions WHERE resource_id = ? \
             UNION ALL SELECT (SELECT MIN(space) FROM versions WHERE resource_id = ? AND space > spaces.name) \
             FROM spaces WHERE spaces.name IS NOT NULL) \
             SELECT {COLUMNS} FROM spaces JOIN versions ON versions.id = (SELECT id FROM versions \
             WHERE resource_id = ? AND space = spaces.name {trusted} ORDER BY place DESC LIMIT 1) \
             WHERE spaces.name IS NOT NULL ORDER BY versions.place DESC LIMIT ?"
        ),
        values![resource.as_str(), resource.as_str(), resource.as_str(), limit],
        stored,
    )
}

/// The newest version of each space that has one above a place, the oldest of them first. Costs what is above, not how many
/// spaces there were.
pub(super) fn newest_of_spaces_above(
    db: &Db,
    resource: &ResourceId,
    trusted_only: bool,
    (above, limit): (u64, usize),
) -> Result<Vec<Stored>, StoreError> {
    let (trusted, newer) = if trusted_only { (trusted(true), "AND newer.untrusted = 0") } else { ("", "") };
    db.rows(
        &format!(
            "SELECT {COLUMNS} FROM versions WHERE resource_id = ? {trusted} AND place > ? AND NOT EXISTS \
             (SELECT 1 FROM versions AS newer WHERE newer.resource_id = versions.resource_id \
             AND newer.space = versions.space AND newer.place > versions.place {newer}) \
             ORDER BY versions.place LIMIT ?"
        ),
        values![resource.as_str(), above, limit],
        stored,
    )
}
