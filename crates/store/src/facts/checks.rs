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

/// What checks ask of workers: one look into the index for each, however many checks ask for it.
const TAGS: &str = "WITH RECURSIVE asked (tags) AS (\
     SELECT MIN(tags) FROM checks WHERE active = 1 AND running = 0 AND tick = 0 UNION ALL \
     SELECT (SELECT MIN(checks.tags) FROM checks \
     WHERE checks.active = 1 AND checks.running = 0 AND checks.tick = 0 AND checks.tags > asked.tags) \
     FROM asked WHERE asked.tags IS NOT NULL) SELECT tags FROM asked WHERE tags IS NOT NULL";

/// The checks that are due and that an ask is for, the longest overdue first; of those that ask for the same, as many as
/// there are asks for them. `asks` are the tags of each.
pub(super) fn due(db: &Db, now_ms: u64, asks: &[Vec<String>]) -> Result<Vec<DueCheck>, StoreError> {
    let mut due = Vec::new();
    for text in db.rows(TAGS, &[], |row| row.text(0))? {
        let tags = parse_tags(&text)?;
        let fitting = asks.iter().filter(|ask| tags.iter().all(|tag| ask.contains(tag))).count();
        if fitting > 0 {
            due.extend(due_of(db, (&text, &tags), now_ms, fitting)?);
        }
    }
    due.sort_by(|(a_ms, a), (b_ms, b)| (a_ms, &a.check).cmp(&(b_ms, &b.check)));
    due.truncate(asks.len());
    let newest = |(_, check): (u64, DueCheck)| Ok(DueCheck { newest: newest_of(db, &check.check)?, ..check });
    due.into_iter().map(newest).collect()
}

/// The checks of these tags that are due, with when they were.
fn due_of(
    db: &Db,
    (text, tags): (&str, &[String]),
    now_ms: u64,
    limit: usize,
) -> Result<Vec<(u64, DueCheck)>, StoreError> {
    db.rows(
        "SELECT id, number, plan, due_ms FROM checks \
         WHERE active = 1 AND running = 0 AND tick = 0 AND tags = ? AND due_ms <= ? ORDER BY due_ms, id LIMIT ?",
        values![text, now_ms, limit],
        |row| {
            let (check, number, plan) = (CheckId(row.text(0)?), row.int(1)? + 1, row.text(2)?);
            Ok((row.int(3)?, DueCheck { check, number, plan, tags: tags.to_vec(), newest: None }))
        },
    )
}

fn parse_tags(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("the tags of a check: {error}")))
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
