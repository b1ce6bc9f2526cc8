//! Checks and schedules that are due.

use super::versions;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::checks::NEVER_MS;
use pikoci_engine::facts::{DueCheck, DueTick};
use pikoci_plan::id::{CheckId, ResourceId};
use pikoci_plan::version::Version;

/// The most schedules whose time has come that are told at once.
const TICKS: usize = 100;

/// The checks that are due, the longest overdue first.
pub(super) fn due(db: &Db, now_ms: u64, limit: usize) -> Result<Vec<DueCheck>, StoreError> {
    let mut due = db.rows(
        "SELECT id, number, plan, tags FROM checks \
         WHERE active = 1 AND running = 0 AND tick = 0 AND due_ms <= ? ORDER BY due_ms, id LIMIT ?",
        values![now_ms, limit],
        |row| {
            Ok(DueCheck {
                check: CheckId(row.text(0)?),
                number: row.int(1)? + 1,
                plan: row.text(2)?,
                tags: row.json(3)?,
                newest: None,
            })
        },
    )?;
    for check in &mut due {
        check.newest = newest_of(db, &check.check)?;
    }
    Ok(due)
}

/// The newest version that is known of what a check looks at; where its newest run did not bring all, the last that it brought.
pub(super) fn newest_of(db: &Db, check: &CheckId) -> Result<Option<Version>, StoreError> {
    let upto = "SELECT upto FROM checks WHERE id = ? AND upto IS NOT NULL";
    if let Some(upto) = db.row(upto, values![check.as_str()], |row| row.json(0))? {
        return Ok(Some(upto));
    }
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

/// The schedules whose time has come.
pub(super) fn ticks(db: &Db, now_ms: u64) -> Result<Vec<DueTick>, StoreError> {
    db.rows(
        "SELECT id, due_ms, schedule FROM checks \
         WHERE active = 1 AND running = 0 AND tick = 1 AND due_ms <= ? ORDER BY due_ms, id LIMIT ?",
        values![now_ms, TICKS],
        |row| Ok(DueTick { check: CheckId(row.text(0)?), due_ms: row.int(1)?, schedule: row.text(2)? }),
    )
}

/// When the next check or schedule is due that is not yet.
pub(super) fn next(db: &Db, now_ms: u64) -> Result<Option<u64>, StoreError> {
    let mut next = None;
    for tick in [false, true] {
        let due = db.row(
            "SELECT MIN(due_ms) FROM checks WHERE active = 1 AND running = 0 AND tick = ? AND due_ms > ? AND due_ms < ?",
            values![tick, now_ms, NEVER_MS],
            |row| row.opt_int(0),
        )?;
        next = next.into_iter().chain(due.flatten()).min();
    }
    Ok(next)
}
