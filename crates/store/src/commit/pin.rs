//! Resources are held at a version.

use super::{brake, catch_up};
use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_plan::id::ResourceId;

/// Who wants a pin, and why.
pub(super) struct Wish<'a> {
    pub(super) by: &'a str,
    pub(super) comment: Option<&'a str>,
    pub(super) at_ms: u64,
}

/// Holds a resource at a version, or lets it go. False if one of them is gone, or nothing changes.
pub(super) fn pin(
    db: &Db,
    resource: &ResourceId,
    version: Option<&str>,
    wish: &Wish<'_>,
) -> Result<bool, StoreError> {
    let changed = match version {
        Some(version) => hold(db, resource, version, wish)?,
        None => release(db, resource)?,
    };
    if changed {
        let jobs = "id IN (SELECT job_id FROM job_inputs WHERE resource_id = ?)";
        catch_up(db, jobs, resource.as_str())?;
        brake(db, jobs, resource.as_str())?;
    }
    Ok(changed)
}

fn hold(db: &Db, resource: &ResourceId, version: &str, wish: &Wish<'_>) -> Result<bool, StoreError> {
    let comment = wish.comment.map_or(Value::Null, Value::Text);
    let held = db.execute(
        "UPDATE resources SET pin_version_id = ?, pin_by = ?, pin_comment = ?, pin_ms = ? \
         WHERE id = ? AND active = 1 \
         AND (COALESCE(pin_version_id, '') <> ? OR COALESCE(pin_comment, '') <> COALESCE(?, '')) \
         AND EXISTS (SELECT 1 FROM versions WHERE versions.id = ? AND versions.resource_id = resources.id)",
        &[
            version.into(),
            wish.by.into(),
            comment,
            wish.at_ms.into(),
            resource.as_str().into(),
            version.into(),
            comment,
            version.into(),
        ],
    )?;
    Ok(held > 0)
}

fn release(db: &Db, resource: &ResourceId) -> Result<bool, StoreError> {
    let released = db.execute(
        "UPDATE resources SET pin_version_id = NULL, pin_by = NULL, pin_comment = NULL, pin_ms = NULL \
         WHERE id = ? AND pin_version_id IS NOT NULL",
        values![resource.as_str()],
    )?;
    Ok(released > 0)
}
