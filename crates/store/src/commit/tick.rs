//! A schedule's time has come: the time itself is the version.

use super::{check, versions};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::checks::NEVER_MS;
use pikoci_engine::part::{Applied, Tick};

/// Stores the version of a schedule for all resources that share it. Missed if it is not due at that time any more.
pub(super) fn tick(db: &Db, tick: &Tick) -> Result<Applied, StoreError> {
    let first = db.execute(
        "UPDATE checks SET number = number + 1, due_ms = ?, started_ms = ?, ended_ms = ? \
         WHERE id = ? AND due_ms = ? AND tick = 1 AND active = 1",
        values![tick.next_ms.unwrap_or(NEVER_MS), tick.at_ms, tick.at_ms, tick.check.as_str(), tick.due_ms],
    )?;
    if first == 0 {
        return Ok(Applied::Missed);
    }
    let found =
        versions::Found { versions: std::slice::from_ref(&tick.version), settles: false, untrusted: false };
    let news = versions::store_all(db, &check::resources(db, tick.check.as_str())?, found, tick.at_ms)?;
    Ok(Applied::Advanced { due: news.due, new_versions: news.new_versions, seal: false })
}
