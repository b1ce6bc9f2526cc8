//! An attempt ends, by its result or because it is lost, and its build with it, or the build waits for another one.

use super::{changes, check, fit, passed, release};
use crate::StoreError;
use crate::db::{Db, values};
use crate::steps;
use pikoci_engine::part::{Ending, Fate};
use pikoci_plan::id::{AttemptId, CheckId, JobId};
use pikoci_plan::status::Outcome;

/// How often a build is lost with its worker before it is not tried again.
const MOST_LOSSES: u64 = 2;

/// Why a build may be given to another worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Nothing of it was begun.
    NotBegun,
    /// Its worker was lost, or had to stop. Only if its job says so, and it was not lost too often.
    Lost,
}

/// Ends a running build that this attempt has, by its result; the attempt's processes are gone. The jobs that read what it
/// lets through.
///
/// Where its worker had to stop, it is pending again if its attempt has not `begun` any step, or its job says so.
pub(super) fn build(
    db: &Db,
    (build, attempt): (&str, &AttemptId),
    begun: bool,
    ending: &Ending,
    at_ms: u64,
) -> Result<Vec<JobId>, StoreError> {
    release::free(db, attempt)?;
    let stopped = ending.stopped && ending.outcome > Outcome::Failed;
    if stopped {
        let why = if begun { Why::Lost } else { Why::NotBegun };
        if again(db, (build, attempt), why, true, at_ms)? {
            return Ok(Vec::new());
        }
    }
    let ending = if stopped { errored(ending.message.as_deref(), "worker stopped") } else { ending.clone() };
    let ended = finish(db, (build, attempt), &ending, at_ms)?;
    if ended && ending.outcome == Outcome::Succeeded {
        return passed::record(db, build, attempt);
    }
    Ok(Vec::new())
}

/// Ends an attempt that its worker does not know any more. `released`: its processes are known to be gone. False if it has
/// ended.
pub(super) fn lose(
    db: &Db,
    attempt: &AttemptId,
    fate: Fate,
    released: bool,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let released = released || fate == Fate::Again;
    let Some(lost) = running(db, attempt)? else { return Ok(false) };
    let mut rows = steps::parse(&lost.steps)?;
    steps::end_running(&mut rows, Outcome::Errored, at_ms);
    db.execute(
        "UPDATE attempts SET running = 0, released = ?, ended_ms = ?, steps = ?, found = NULL \
         WHERE id = ? AND running = 1",
        values![released, at_ms, steps::print(&rows)?.as_str(), attempt.as_str()],
    )?;
    if released {
        release::free(db, attempt)?;
    }
    if let Some(build) = &lost.build {
        lose_build(db, (build, attempt), fate, released, at_ms)?;
    }
    if let Some((check, number)) = &lost.check {
        check::lose(db, check, *number, at_ms)?;
    }
    Ok(true)
}

/// A running attempt, as far as its loss needs it.
struct Running {
    build: Option<String>,
    check: Option<(CheckId, u64)>,
    steps: String,
}

fn running(db: &Db, attempt: &AttemptId) -> Result<Option<Running>, StoreError> {
    db.row(
        "SELECT build_id, check_id, check_number, steps FROM attempts WHERE id = ? AND running = 1",
        values![attempt.as_str()],
        |row| {
            Ok(Running {
                build: row.opt_text(0)?,
                check: row.opt_text(1)?.map(CheckId).zip(row.opt_int(2)?),
                steps: row.text(3)?,
            })
        },
    )
}

fn lose_build(
    db: &Db,
    of: (&str, &AttemptId),
    fate: Fate,
    released: bool,
    at_ms: u64,
) -> Result<(), StoreError> {
    let (why, message) = match fate {
        Fate::Again => (Why::NotBegun, "cancelled before it started"),
        Fate::Lost => (Why::Lost, "worker lost"),
    };
    if !again(db, of, why, released, at_ms)? {
        finish(db, of, &errored(None, message), at_ms)?;
    }
    Ok(())
}

fn errored(message: Option<&str>, otherwise: &str) -> Ending {
    Ending { message: Some(message.unwrap_or(otherwise).to_owned()), ..Outcome::Errored.into() }
}

/// Makes a running build that nobody wishes cancelled pending again; unless its processes are gone it waits until they are.
/// False if it may not be.
fn again(
    db: &Db,
    (build, attempt): (&str, &AttemptId),
    why: Why,
    released: bool,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let lost = why == Why::Lost;
    let changed = db.execute(
        "UPDATE builds SET status = 'pending', ready = ?, attempt_id = NULL, started_ms = NULL, revision = NULL, \
         losses = losses + ? WHERE id = ? AND attempt_id = ? AND status = 'running' AND cancel = 0 AND (? = 0 OR \
         (losses < ? AND EXISTS (SELECT 1 FROM jobs WHERE jobs.id = builds.job_id AND jobs.retry = 1)))",
        values![if released { 1_u64 } else { 2 }, lost, build, attempt.as_str(), lost, MOST_LOSSES],
    )?;
    let again = told(db, build, changed)?;
    if again {
        fit::build(db, &build.into(), at_ms)?;
    }
    Ok(again)
}

/// Ends a running build that this attempt has. Trouble with one that somebody wishes cancelled is no news: it is cancelled,
/// for the reason that was given. False if the attempt does not have it.
fn finish(
    db: &Db,
    (build, attempt): (&str, &AttemptId),
    ending: &Ending,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let Ending { outcome, message, warning, .. } = ending;
    let if_cancelled = if *outcome == Outcome::Errored { Outcome::Cancelled } else { *outcome };
    let changed = db.execute(
        "UPDATE builds SET status = CASE WHEN cancel > 0 THEN ? ELSE ? END, warning = ?, ended_ms = ?, \
         message = CASE WHEN cancel > 0 AND ? = 1 THEN COALESCE(cancel_reason, ?) ELSE ? END \
         WHERE id = ? AND attempt_id = ? AND status = 'running'",
        values![
            if_cancelled.as_str(),
            outcome.as_str(),
            *warning,
            at_ms,
            if_cancelled == Outcome::Cancelled,
            message,
            message,
            build,
            attempt.as_str(),
        ],
    )?;
    told(db, build, changed)
}

/// Whether the build's row was changed; if so that is told.
fn told(db: &Db, build: &str, rows: usize) -> Result<bool, StoreError> {
    if rows > 0 {
        changes::touch(db, build)?;
    }
    Ok(rows > 0)
}
