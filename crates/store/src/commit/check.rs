//! Checks are requested, and end.

use super::raise;
use super::versions::{self, Found, News};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::checks;
use pikoci_engine::part::{Applied, Ending};
use pikoci_plan::Schedule;
use pikoci_plan::id::{CheckId, JobId, ResourceId};
use pikoci_plan::plan::CHECK_VERSIONS;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;

/// Wants a check at that time, however long it would wait because it fails; while one runs, that it is repeated then. While it
/// runs and is not wanted again, when it was due is of no use: so that is where the time stands.
pub(super) fn request(db: &Db, resource: &ResourceId, wanted_ms: u64) -> Result<Applied, StoreError> {
    let found = db.row(
        "SELECT checks.id, checks.number FROM resources JOIN checks ON checks.id = resources.check_id \
         WHERE resources.id = ? AND resources.active = 1 AND checks.tick = 0",
        values![resource.as_str()],
        |row| Ok((CheckId(row.text(0)?), row.int(1)?)),
    )?;
    let Some((check, number)) = found else { return Ok(Applied::Missed) };
    db.execute(
        "UPDATE checks SET due_ms = CASE WHEN due_ms > ? OR running = 1 AND again = 0 THEN ? ELSE due_ms END, \
         again = running WHERE id = ?",
        values![wanted_ms, wanted_ms, check.as_str()],
    )?;
    Ok(Applied::Requested { check, number: number + 1 })
}

/// A run of a check that has just ended.
struct Ended {
    schedule: String,
    on_demand: bool,
    /// It is wanted once more: it may have looked before something happened.
    again: bool,
    /// When that is.
    again_ms: u64,
    /// How often it had failed in a row before.
    failures: u64,
    /// Where the run before had stopped, if that did not bring all.
    upto: Option<Version>,
}

/// Ends the run of a check and stores what it found for all resources that share it. The jobs whose decision reads it, and
/// those with builds that have waited for it.
pub(super) fn end(
    db: &Db,
    check: &CheckId,
    number: u64,
    found: Option<&(Vec<Version>, bool)>,
    ending: &Ending,
    at_ms: u64,
) -> Result<News, StoreError> {
    if ending.stopped && ending.outcome > Outcome::Failed {
        // Its worker had to stop: that says nothing of the resource.
        lose(db, check, number, at_ms)?;
        return Ok(News::default());
    }
    let Some(ended) = stop(db, check, number)? else { return Ok(News::default()) };
    let mut ending = ending.clone();
    let found = found.filter(|_| ending.outcome == Outcome::Succeeded);
    let upto = found.filter(|(_, more)| *more).map(|(versions, _)| versions.last());
    if upto.is_some_and(|upto| upto == ended.upto.as_ref()) {
        ending = Ending { message: Some(stands_still()), ..Outcome::Failed.into() };
    }
    let failed = ending.outcome != Outcome::Succeeded;
    let upto = upto.flatten().filter(|_| !failed);
    go_on(db, check, upto)?;
    settle(db, (check, number), &ended, upto.is_some(), &ending, at_ms)?;
    let mut news = match found {
        Some((versions, _)) => {
            let found = Found { versions, settles: !ended.again, untrusted: false };
            versions::store_all(db, &resources(db, check.as_str())?, found, at_ms)?
        }
        None => News::default(),
    };
    for job in waiting_for(db, check)? {
        if !news.due.contains(&job) {
            raise(db, &job)?;
            news.due.push(job);
        }
    }
    Ok(news)
}

/// Why a check fails whose answers are too long and never get any further.
fn stands_still() -> String {
    format!(
        "it tells more versions than are taken at a time ({CHECK_VERSIONS}), and again the same ones: let it tell the oldest \
         first, from the version on that it is given"
    )
}

/// Notes where the next run goes on, if this one did not bring all.
fn go_on(db: &Db, check: &CheckId, upto: Option<&Version>) -> Result<(), StoreError> {
    let upto = upto.map(serde_json::to_string).transpose();
    let upto = upto.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    db.execute("UPDATE checks SET upto = ? WHERE id = ?", values![&upto, check.as_str()]).map(drop)
}

/// Ends that run, if it is the one that runs.
fn stop(db: &Db, check: &CheckId, number: u64) -> Result<Option<Ended>, StoreError> {
    let ended = db.execute(
        "UPDATE checks SET running = 0 WHERE id = ? AND number = ? AND running = 1",
        values![check.as_str(), number],
    )?;
    if ended == 0 {
        return Ok(None);
    }
    db.row(
        "SELECT schedule, on_demand, again, failures, due_ms, upto FROM checks WHERE id = ?",
        values![check.as_str()],
        |row| {
            Ok(Ended {
                schedule: row.text(0)?,
                on_demand: row.flag(1)?,
                again: row.flag(2)?,
                failures: row.int(3)?,
                again_ms: row.int(4)?,
                upto: if row.opt_text(5)?.is_some() { Some(row.json(5)?) } else { None },
            })
        },
    )
}

/// Notes how a run ended, and when the next one is due: at once if it is wanted, or this one did not bring all.
///
/// Who asks for it is answered by one more run even if this one failed. More than one run follows no request, so that what
/// fails does not run on and on.
fn settle(
    db: &Db,
    (check, number): (&CheckId, u64),
    ended: &Ended,
    more: bool,
    ending: &Ending,
    at_ms: u64,
) -> Result<(), StoreError> {
    let failed = ending.outcome != Outcome::Succeeded;
    let error = failed.then(|| ending.message.as_deref().unwrap_or(ending.outcome.as_str()));
    let failures = if failed { ended.failures.saturating_add(1) } else { 0 };
    let due = match Schedule::parse(&ended.schedule) {
        _ if more => at_ms,
        _ if ended.again => at_ms.max(ended.again_ms),
        Ok(schedule) => checks::next_due(&schedule, checks::seed(check), failures, at_ms, ended.on_demand),
        // A request still runs it.
        Err(_) => checks::NEVER_MS,
    };
    db.execute(
        "UPDATE checks SET again = 0, due_ms = ?, ended_ms = ?, ended = ?, error = ?, failures = ?, \
         succeeded = CASE WHEN ? = 1 THEN succeeded ELSE ? END, \
         failing_since_ms = CASE WHEN ? = 1 THEN COALESCE(failing_since_ms, ?) ELSE NULL END WHERE id = ?",
        values![due, at_ms, number, error, failures, failed, number, failed, at_ms, check.as_str()],
    )
    .map(drop)
}

/// The run of a check was lost: it is wanted again, and who waits for it waits for the next.
pub(super) fn lose(db: &Db, check: &CheckId, number: u64, at_ms: u64) -> Result<(), StoreError> {
    db.execute(
        "UPDATE checks SET running = 0, again = 0, due_ms = ? WHERE id = ? AND number = ? AND running = 1",
        values![at_ms, check.as_str(), number],
    )
    .map(drop)
}

/// The resources that share a check, in file order.
pub(super) fn resources(db: &Db, check: &str) -> Result<Vec<ResourceId>, StoreError> {
    super::ids(
        db,
        "SELECT id FROM resources WHERE check_id = ? AND active = 1 ORDER BY place",
        values![check],
    )
}

/// The jobs that get one of the check's resources and have builds whose versions are still to be chosen.
fn waiting_for(db: &Db, check: &CheckId) -> Result<Vec<JobId>, StoreError> {
    super::ids(
        db,
        "SELECT DISTINCT job_inputs.job_id FROM resources \
         JOIN job_inputs ON job_inputs.resource_id = resources.id \
         WHERE resources.check_id = ? AND resources.active = 1 AND EXISTS (SELECT 1 FROM builds \
         WHERE builds.status = 'pending' AND builds.ready = 0 AND builds.job_id = job_inputs.job_id) \
         ORDER BY job_inputs.job_id",
        values![check.as_str()],
    )
}
