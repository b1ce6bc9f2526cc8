//! A build or a check is given to an ask.

use crate::StoreError;
use crate::db::{Db, Value, values};
use pikoci_engine::part::{StartBuild, StartCheck};

/// The build `pending → running`, and its new attempt. False if the build, the session or the ask is lost.
pub(super) fn build(db: &Db, start: &StartBuild) -> Result<bool, StoreError> {
    let of = Of { build: Some(start.build.as_str()), check: None, number: Value::Null };
    let attempt = Attempt {
        id: start.attempt.as_str(),
        worker: start.worker.as_str(),
        session: start.session,
        ask: start.ask,
        n: start.n,
        plan: &start.plan,
        at_ms: start.at_ms,
    };
    if !attempt.insert(db, &of)? {
        return Ok(false);
    }
    let taken = db.execute(
        "UPDATE builds SET status = 'running', attempt_id = ?, started_ms = ? \
         WHERE id = ? AND status = 'pending' AND ready = 1",
        values![start.attempt.as_str(), start.at_ms, start.build.as_str()],
    )?;
    attempt.keep_if(db, taken > 0)
}

/// The check begins its run of that number, and its new attempt. False if it has, or the session or ask is lost.
pub(super) fn check(db: &Db, start: &StartCheck) -> Result<bool, StoreError> {
    let of = Of { build: None, check: Some(start.check.as_str()), number: start.number.into() };
    let attempt = Attempt {
        id: start.attempt.as_str(),
        worker: start.worker.as_str(),
        session: start.session,
        ask: start.ask,
        n: start.n,
        plan: &start.plan,
        at_ms: start.at_ms,
    };
    if !attempt.insert(db, &of)? {
        return Ok(false);
    }
    let taken = db.execute(
        "UPDATE checks SET running = 1, number = ?, started_ms = ? \
         WHERE id = ? AND number = ? AND running = 0 AND active = 1",
        values![start.number, start.at_ms, start.check.as_str(), start.number - 1],
    )?;
    attempt.keep_if(db, taken > 0)
}

struct Of<'a> {
    build: Option<&'a str>,
    check: Option<&'a str>,
    number: Value<'a>,
}

struct Attempt<'a> {
    id: &'a str,
    worker: &'a str,
    session: u64,
    ask: u64,
    n: u64,
    plan: &'a str,
    at_ms: u64,
}

impl Attempt<'_> {
    /// Inserts the row, if the worker is in that session and the ask is not used.
    fn insert(&self, db: &Db, of: &Of<'_>) -> Result<bool, StoreError> {
        let session_stands = db.execute(
            "UPDATE workers SET session = session WHERE id = ? AND session = ?",
            values![self.worker, self.session],
        )?;
        if session_stands == 0 {
            return Ok(false);
        }
        let inserted = db.execute(
            "INSERT INTO attempts (id, build_id, check_id, check_number, worker_id, session, ask, n, plan, \
             running, position, steps, tail_bytes, segments, created_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, '[]', 0, 0, ?) ON CONFLICT DO NOTHING",
            &[
                self.id.into(),
                of.build.into(),
                of.check.into(),
                of.number,
                self.worker.into(),
                self.session.into(),
                self.ask.into(),
                self.n.into(),
                self.plan.into(),
                self.at_ms.into(),
            ],
        )?;
        Ok(inserted > 0)
    }

    /// Takes the row back where what it was for could not be had.
    fn keep_if(&self, db: &Db, taken: bool) -> Result<bool, StoreError> {
        if !taken {
            db.execute("DELETE FROM attempts WHERE id = ?", values![self.id])?;
        }
        Ok(taken)
    }
}
