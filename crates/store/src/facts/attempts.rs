//! Attempts: those of a worker, where they stand, and what has a build.

use super::{checks, info, queue};
use crate::StoreError;
use crate::db::{Db, Row, Value, values};
use pikoci_engine::facts::{
    AttemptFacts, AttemptOf, AttemptPosition, AttemptTarget, BuildFacts, CancelWish, DueCheck, WorkerWanted,
};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, WorkerId};

/// All attempts of a worker that run or are not released, and of the others those that it names as held or whose ask it
/// says is open.
pub(super) fn of_worker(
    db: &Db,
    wanted: &WorkerWanted,
    into: &mut Vec<AttemptFacts>,
) -> Result<(), StoreError> {
    let worker = wanted.worker.as_str();
    into.extend(attempts(db, "released = 0 AND worker_id = ?", values![worker])?);
    for ask in &wanted.asks {
        let condition = "worker_id = ? AND session = ? AND ask = ? AND released = 1";
        into.extend(attempts(db, condition, values![worker, wanted.session, *ask])?);
    }
    for held in &wanted.held {
        let named =
            attempts(db, "id = ? AND worker_id = ? AND released = 1", values![held.as_str(), worker])?;
        // A State may name an attempt as held and, because of an older one, its ask as open.
        into.extend(
            named
                .into_iter()
                .filter(|of| !into.iter().any(|known| known.attempt == of.attempt))
                .collect::<Vec<_>>(),
        );
    }
    Ok(())
}

fn attempts(db: &Db, condition: &str, values: &[Value<'_>]) -> Result<Vec<AttemptFacts>, StoreError> {
    let sql = format!(
        "SELECT id, build_id, check_id, check_number, worker_id, session, ask, n, plan, running, released \
         FROM attempts WHERE {condition} ORDER BY id"
    );
    let rows = db.rows(&sql, values, |row| Ok((attempt(row)?, row.opt_text(1)?.map(BuildId))))?;
    rows.into_iter().map(|(facts, build)| complete(db, facts, build)).collect()
}

/// An attempt as if it were one of a check.
fn attempt(row: &Row<'_>) -> Result<AttemptFacts, StoreError> {
    let plan = row.text(8)?;
    Ok(AttemptFacts {
        attempt: AttemptId(row.text(0)?),
        worker: WorkerId(row.text(4)?),
        session: row.int(5)?,
        ask: row.int(6)?,
        n: row.int(7)?,
        plan: plan.clone(),
        of: AttemptOf::Check(DueCheck {
            check: CheckId(row.opt_text(2)?.unwrap_or_default()),
            number: row.opt_int(3)?.unwrap_or_default(),
            plan,
            tags: Vec::new(),
            newest: None,
        }),
        running: row.flag(9)?,
        released: row.flag(10)?,
        cancel: CancelWish::No,
    })
}

/// Adds what stands in other rows: the build, or what the check needs and knows.
fn complete(db: &Db, mut facts: AttemptFacts, build: Option<BuildId>) -> Result<AttemptFacts, StoreError> {
    match (build, &mut facts.of) {
        (Some(id), _) => {
            let sql = format!(
                "SELECT {}, builds.job_id, builds.cancel FROM builds WHERE builds.id = ?",
                queue::COLUMNS
            );
            let found = db.row(&sql, values![id.as_str()], |row| {
                Ok((queue::pending(row)?, JobId(row.text(4)?), wish(row.int(5)?)))
            })?;
            let (build, job, cancel) = found.ok_or_else(|| gone("build", id.as_str()))?;
            let info = info::info(db, &job)?.ok_or_else(|| gone("job", job.as_str()))?;
            facts.of = AttemptOf::Build(info, build);
            facts.cancel = cancel;
        }
        (None, AttemptOf::Check(check)) => {
            let tags =
                db.row("SELECT tags FROM checks WHERE id = ?", values![check.check.as_str()], |row| {
                    row.json(0)
                })?;
            check.tags = tags.unwrap_or_default();
            check.newest = checks::newest_of(db, &check.check)?;
        }
        (None, AttemptOf::Build(..)) => {}
    }
    Ok(facts)
}

fn gone(what: &str, id: &str) -> StoreError {
    StoreError::Corrupt(format!("an attempt of {what} {id}, which is not there"))
}

fn wish(stored: u64) -> CancelWish {
    match stored {
        0 => CancelWish::No,
        1 => CancelWish::Cancel,
        _ => CancelWish::SkipHooks,
    }
}

/// Where an attempt stands.
pub(super) fn position(db: &Db, id: &AttemptId) -> Result<Option<AttemptPosition>, StoreError> {
    db.row(
        "SELECT position, running, build_id, check_id FROM attempts WHERE id = ?",
        values![id.as_str()],
        |row| {
            Ok(AttemptPosition {
                position: row.int(0)?,
                running: row.flag(1)?,
                of: match row.opt_text(2)? {
                    Some(build) => AttemptTarget::Build(BuildId(build)),
                    None => AttemptTarget::Check(CheckId(row.opt_text(3)?.unwrap_or_default())),
                },
            })
        },
    )
}

/// A build, as far as acting on it needs.
pub(super) fn build(db: &Db, id: &BuildId) -> Result<Option<BuildFacts>, StoreError> {
    db.row(
        "SELECT builds.ended_ms, builds.cancel, attempts.worker_id, attempts.session, attempts.ask, attempts.id, \
         builds.job_id, jobs.no_rerun FROM builds JOIN jobs ON jobs.id = builds.job_id \
         LEFT JOIN attempts ON attempts.id = builds.attempt_id WHERE builds.id = ?",
        values![id.as_str()],
        |row| {
            let attempt = match (row.opt_text(2)?, row.opt_int(3)?, row.opt_int(4)?, row.opt_text(5)?) {
                (Some(worker), Some(session), Some(ask), Some(attempt)) => {
                    Some((WorkerId(worker), session, ask, AttemptId(attempt)))
                }
                _ => None,
            };
            Ok(BuildFacts {
                ended: row.opt_int(0)?.is_some(),
                attempt,
                cancel: wish(row.int(1)?),
                job: JobId(row.text(6)?),
                no_rerun: row.flag(7)?,
            })
        },
    )
}
