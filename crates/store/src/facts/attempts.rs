//! Attempts: those of a worker, where they stand, and what has a build.

use super::checks;
use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{
    AttemptFacts, AttemptOf, AttemptPosition, AttemptTarget, BuildFacts, CancelWish, DueCheck, WorkerWanted,
};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, WorkerId};

/// All running attempts of a worker, and those ended ones that it names as held or whose ask it says is open.
pub(super) fn of_worker(db: &Db, wanted: &WorkerWanted, into: &mut Vec<AttemptFacts>) -> Result<(), StoreError> {
    let worker = wanted.worker.as_str();
    into.extend(attempts(db, "running = 1 AND worker_id = ?", values![worker])?);
    for ask in &wanted.asks {
        let named = attempts(
            db,
            "worker_id = ? AND session = ? AND ask = ? AND running = 0",
            values![worker, wanted.session, *ask],
        )?;
        into.extend(named);
    }
    for held in &wanted.held {
        into.extend(attempts(db, "attempts.id = ? AND running = 0", values![held.as_str()])?);
    }
    Ok(())
}

fn attempts(
    db: &Db,
    condition: &str,
    values: &[crate::db::Value<'_>],
) -> Result<Vec<AttemptFacts>, StoreError> {
    let sql = format!(
        "SELECT id, build_id, check_id, check_number, worker_id, session, ask, n, plan, running \
         FROM attempts WHERE {condition} ORDER BY id"
    );
    let rows = db.rows(&sql, values, |row| {
        let facts = AttemptFacts {
            attempt: AttemptId(row.text(0)?),
            worker: WorkerId(row.text(4)?),
            session: row.int(5)?,
            ask: row.int(6)?,
            n: row.int(7)?,
            of: AttemptOf::Check(DueCheck {
                check: CheckId(row.opt_text(2)?.unwrap_or_default()),
                number: row.opt_int(3)?.unwrap_or_default(),
                plan: row.text(8)?,
                newest: None,
            }),
            running: row.flag(9)?,
            cancel: CancelWish::No,
        };
        Ok((facts, row.opt_text(1)?.map(BuildId)))
    })?;
    rows.into_iter().map(|(facts, build)| complete(db, facts, build)).collect()
}

/// Adds what stands in other rows: the build, or the newest version that the check is given.
fn complete(db: &Db, mut facts: AttemptFacts, build: Option<BuildId>) -> Result<AttemptFacts, StoreError> {
    match (build, &mut facts.of) {
        (Some(build), AttemptOf::Check(check)) => {
            let plan = std::mem::take(&mut check.plan);
            let found = db.row(
                &format!(
                    "SELECT {PENDING_COLUMNS}, builds.cancel FROM builds JOIN jobs ON jobs.id = builds.job_id \
                     JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE builds.id = ?"
                ),
                values![build.as_str()],
                |row| Ok((pending_build(row)?, row.int(7)?)),
            )?;
            let (mut build, cancel) =
                found.ok_or_else(|| StoreError::Corrupt(format!("build {build} is gone")))?;
            build.plan = Some(plan);
            facts.of = AttemptOf::Build(build);
            facts.cancel = wish(cancel);
        }
        (None, AttemptOf::Check(check)) => check.newest = checks::newest_of(db, &check.check)?,
        (_, AttemptOf::Build(_)) => {}
    }
    Ok(facts)
}

fn wish(stored: u64) -> CancelWish {
    match stored {
        0 => CancelWish::No,
        1 => CancelWish::Cancel,
        _ => CancelWish::SkipHooks,
    }
}

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

pub(super) fn build(db: &Db, id: &BuildId) -> Result<Option<BuildFacts>, StoreError> {
    db.row(
        "SELECT builds.ended_ms, builds.cancel, attempts.worker_id, attempts.session, attempts.ask, attempts.id \
         FROM builds LEFT JOIN attempts ON attempts.id = builds.attempt_id WHERE builds.id = ?",
        values![id.as_str()],
        |row| {
            let attempt = match (row.opt_text(2)?, row.opt_int(3)?, row.opt_int(4)?, row.opt_text(5)?) {
                (Some(worker), Some(session), Some(ask), Some(attempt)) => {
                    Some((WorkerId(worker), session, ask, AttemptId(attempt)))
                }
                _ => None,
            };
            Ok(BuildFacts { ended: row.opt_int(0)?.is_some(), attempt, cancel: wish(row.int(1)?) })
        },
    )
}

