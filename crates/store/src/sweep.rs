//! What nobody needs any more is removed now and then: runs of checks that ended a while ago, with their logs, checks that no
//! resource uses, and workers that are gone.

use crate::db::{Db, values};
use crate::{Store, StoreError};

/// For how many milliseconds the attempts of ended checks are kept.
const RUNS_KEPT_MS: u64 = 10 * 60 * 1000;

/// For how many milliseconds a worker is known that is gone.
const WORKERS_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// How much one transaction removes at most, so that no turn waits long for it.
const SWEPT: usize = 100;

impl Store {
    /// Removes what nobody needs any more at `now_ms` (milliseconds since 1970), some at a time. Whether there may be more.
    ///
    /// For one thread, the one that seals.
    pub fn sweep(&self, now_ms: u64) -> Result<bool, StoreError> {
        let ended = now_ms.saturating_sub(RUNS_KEPT_MS);
        let runs = self.names(
            "SELECT id FROM attempts WHERE check_id > '' AND ended_ms < ? AND released = 1 LIMIT ?",
            ended,
        )?;
        let checks = self.names(
            "SELECT id FROM checks WHERE active = 0 AND running = 0 AND COALESCE(ended_ms, 0) < ? \
             AND NOT EXISTS (SELECT 1 FROM resources WHERE resources.check_id = checks.id) \
             AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.check_id = checks.id) LIMIT ?",
            ended,
        )?;
        let workers = self.names(
            "SELECT id FROM workers WHERE lease = 0 AND seen_ms < ? AND NOT EXISTS \
             (SELECT 1 FROM attempts WHERE attempts.released = 0 AND attempts.worker_id = workers.id) LIMIT ?",
            now_ms.saturating_sub(WORKERS_KEPT_MS),
        )?;
        // The bytes first: the rows are how they are found.
        if let Some(directory) = self.logs() {
            runs.iter().try_for_each(|attempt| directory.remove_all(attempt))?;
        }
        if runs.is_empty() && checks.is_empty() && workers.is_empty() {
            return Ok(false);
        }
        self.write(|db| {
            runs.iter().try_for_each(|id| remove_run(db, id))?;
            checks.iter().try_for_each(|id| remove_check(db, id))?;
            workers.iter().try_for_each(|id| remove_worker(db, id))
        })?;
        // A check can go once its runs have.
        Ok(!runs.is_empty() || checks.len() == SWEPT || workers.len() == SWEPT)
    }

    fn names(&self, sql: &str, before_ms: u64) -> Result<Vec<String>, StoreError> {
        self.reader().rows(sql, values![before_ms, SWEPT], |row| row.text(0))
    }
}

fn remove_run(db: &Db, id: &str) -> Result<(), StoreError> {
    for table in ["log_frames", "log_segments"] {
        db.execute(&format!("DELETE FROM {table} WHERE attempt_id = ?"), values![id])?;
    }
    db.execute("DELETE FROM attempts WHERE id = ?", values![id]).map(drop)
}

/// Unless a resource has come to use it meanwhile.
fn remove_check(db: &Db, id: &str) -> Result<(), StoreError> {
    let plan = db.row("SELECT plan FROM checks WHERE id = ?", values![id], |row| row.text(0))?;
    let removed = db.execute(
        "DELETE FROM checks WHERE id = ? AND active = 0 AND running = 0 \
         AND NOT EXISTS (SELECT 1 FROM resources WHERE resources.check_id = checks.id)",
        values![id],
    )?;
    let (1, Some(plan)) = (removed, plan) else { return Ok(()) };
    db.execute(
        "DELETE FROM plans WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM checks WHERE checks.plan = plans.hash) \
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.plan = plans.hash) \
         AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.check_id > '' AND attempts.plan = plans.hash)",
        values![plan.as_str()],
    )
    .map(drop)
}

/// Unless it has come back meanwhile.
fn remove_worker(db: &Db, id: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM workers WHERE id = ? AND lease = 0", values![id]).map(drop)
}
