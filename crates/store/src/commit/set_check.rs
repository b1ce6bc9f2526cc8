//! How resources are checked: a check that they may share.

use super::pipeline::set_plan;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::checks::NEVER_MS;
use pikoci_engine::part::CheckSpec;
use pikoci_plan::Schedule;
use pikoci_plan::id::CheckId;

/// The check with that key, made if it is new. When it is due is for [`settle`] to say.
pub(super) fn set(db: &Db, check: &CheckSpec) -> Result<CheckId, StoreError> {
    let plan = check.plan.as_ref().map(|plan| plan.hash.as_str()).unwrap_or_default();
    check.plan.as_ref().map_or(Ok(()), |plan| set_plan(db, plan))?;
    let tags = serde_json::to_string(&check.tags).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    db.execute(
        "INSERT INTO checks (id, check_key, plan, active, running, again, number, due_ms) \
         VALUES (?, ?, ?, 0, 0, 0, 0, ?) ON CONFLICT DO NOTHING",
        values![check.id.as_str(), &check.key, plan, NEVER_MS],
    )?;
    db.execute(
        "UPDATE checks SET plan = ?, tags = ?, tick = ? WHERE check_key = ?",
        values![plan, tags.as_str(), check.plan.is_none(), &check.key],
    )?;
    let id = db.row("SELECT id FROM checks WHERE check_key = ?", values![&check.key], |row| row.text(0))?;
    id.map(Into::into).ok_or_else(|| StoreError::Corrupt("a check without its row".into()))
}

/// A check, as far as its resources say when it is due.
struct Row {
    tick: bool,
    /// It was in use, and not on demand only.
    kept: bool,
    on_demand: bool,
    schedule: String,
    due_ms: u64,
}

/// Brings checks in line with the resources that use them now: whether any does, when it is due, on demand only if all do.
pub(super) fn settle(db: &Db, checks: &[CheckId], at_ms: u64) -> Result<(), StoreError> {
    checks.iter().try_for_each(|check| settle_one(db, check, at_ms))
}

fn settle_one(db: &Db, check: &CheckId, at_ms: u64) -> Result<(), StoreError> {
    let users = db.rows(
        "SELECT schedule, on_demand FROM resources WHERE check_id = ? AND active = 1 ORDER BY id",
        values![check.as_str()],
        |row| Ok((row.text(0)?, row.flag(1)?)),
    )?;
    let row = db.row(
        "SELECT tick, active, on_demand, schedule, due_ms FROM checks WHERE id = ?",
        values![check.as_str()],
        |row| {
            let on_demand = row.flag(2)?;
            let kept = row.flag(1)? && !on_demand;
            Ok(Row { tick: row.flag(0)?, kept, on_demand, schedule: row.text(3)?, due_ms: row.int(4)? })
        },
    )?;
    let Some(row) = row else { return Ok(()) };
    let on_demand = !row.tick && users.iter().all(|(_, on_demand)| *on_demand);
    let schedule = most_frequent(users.into_iter().map(|(schedule, _)| schedule).collect());
    let (active, schedule) = (schedule.is_some(), schedule.unwrap_or(row.schedule.clone()));
    let due_ms = due(&row, on_demand, &schedule, at_ms);
    db.execute(
        "UPDATE checks SET active = ?, on_demand = ?, schedule = ?, due_ms = ? WHERE id = ?",
        values![active, on_demand, schedule.as_str(), due_ms, check.as_str()],
    )
    .map(drop)
}

/// Of the schedules of resources that share a check the one that is due most often; where that cannot be said the first.
fn most_frequent(schedules: Vec<String>) -> Option<String> {
    let pause = |text: &String| Schedule::parse(text).ok().and_then(|schedule| schedule.every_ms());
    schedules.into_iter().min_by_key(|text| pause(text).unwrap_or(u64::MAX))
}

/// When a check is due under a schedule that may be new to it.
fn due(row: &Row, on_demand: bool, schedule: &str, at_ms: u64) -> u64 {
    let next = || {
        let next = Schedule::parse(schedule).ok().and_then(|schedule| schedule.next_after(at_ms));
        next.unwrap_or(NEVER_MS)
    };
    let same = row.kept && row.schedule == schedule;
    match (on_demand, row.tick) {
        // Somebody wants it then. A build may wait for one that is due.
        (true, _) if row.on_demand || row.due_ms <= at_ms => row.due_ms,
        (true, _) => NEVER_MS,
        (false, _) if same => row.due_ms,
        (false, true) => next(),
        (false, false) if row.kept => row.due_ms.min(next()),
        (false, false) => at_ms,
    }
}
