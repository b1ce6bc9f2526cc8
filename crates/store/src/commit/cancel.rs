//! Builds are cancelled, or end without an attempt.

use super::changes;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::CancelWish;
use pikoci_plan::id::BuildId;
use pikoci_plan::status::Outcome;

/// Cancels a build: at once while it is pending, else the wish is noted. False if neither could be.
pub(super) fn cancel(
    db: &Db,
    build: &BuildId,
    wish: CancelWish,
    by: &str,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let reason = if by.is_empty() { "cancelled".to_owned() } else { format!("cancelled by {by}") };
    let message = format!("{reason} before it started");
    Ok(end_pending(db, build, Outcome::Cancelled, &message, at_ms)? || wish_for(db, build, wish, &reason)?)
}

/// Notes that somebody, or a newer build, wants a running build cancelled. False if it does not run, or the wish stands.
pub(super) fn wish_for(db: &Db, build: &BuildId, wish: CancelWish, reason: &str) -> Result<bool, StoreError> {
    let wish = wish as i64;
    let noted = db.execute(
        "UPDATE builds SET cancel = ?, cancel_reason = COALESCE(cancel_reason, ?) \
         WHERE id = ? AND status = 'running' AND cancel < ?",
        values![wish, reason, build.as_str(), wish],
    )?;
    touched(db, build, noted)
}

/// Ends a pending build. False if it is not pending.
pub(super) fn end_pending(
    db: &Db,
    build: &BuildId,
    outcome: Outcome,
    message: &str,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let ended = db.execute(
        "UPDATE builds SET status = ?, message = ?, ended_ms = ? WHERE id = ? AND status = 'pending'",
        values![outcome.as_str(), message, at_ms, build.as_str()],
    )?;
    touched(db, build, ended)
}

/// Whether a row was changed; if so that is told.
pub(super) fn touched(db: &Db, build: &BuildId, rows: usize) -> Result<bool, StoreError> {
    if rows > 0 {
        changes::touch(db, build.as_str())?;
    }
    Ok(rows > 0)
}
