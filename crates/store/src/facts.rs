//! Facts for decisions.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{
    AttemptFacts, AttemptOf, AttemptPosition, AttemptTarget, BuildFacts, CancelWish, DueCheck, Facts,
    InputFacts, JobFacts, NEXT_VERSIONS, PendingBuild, Stored, Wanted, WorkerWanted,
};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, ResourceId, WorkerId};
use pikoci_plan::version::Version;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the ledger knows of what is wanted.
pub(crate) fn facts(db: &Db, wanted: &Wanted) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    for id in &wanted.jobs {
        if let Some(job) = job(db, id)? {
            facts.jobs.insert(id.clone(), job);
        }
    }
    if wanted.due_jobs {
        for id in due_jobs(db)? {
            if let Some(job) = job(db, &id)? {
                facts.jobs.insert(id, job);
            }
        }
    }
    if wanted.pending > 0 {
        facts.pending = pending(db, wanted.pending)?;
    }
    if wanted.checks > 0 {
        facts.due_checks = due_checks(db, wanted.now_ms, wanted.checks)?;
    }
    facts.next_check_ms = next_check(db, wanted.now_ms)?;
    for worker in &wanted.workers {
        attempts_of(db, worker, &mut facts.attempts)?;
    }
    for id in &wanted.positions {
        if let Some(position) = position(db, id)? {
            facts.positions.insert(id.clone(), position);
        }
    }
    for id in &wanted.builds {
        if let Some(build) = build(db, id)? {
            facts.builds.insert(id.clone(), build);
        }
    }
    Ok(facts)
}

fn due_jobs(db: &Db) -> Result<Vec<JobId>, StoreError> {
    db.rows("SELECT id FROM jobs WHERE due = 1 ORDER BY id LIMIT 100", &[], |row| Ok(JobId(row.text(0)?)))
}

fn job(db: &Db, id: &JobId) -> Result<Option<JobFacts>, StoreError> {
    let found = db.row(
        "SELECT jobs.changes, jobs.decided, jobs.active, pipelines.team, pipelines.name, jobs.name, jobs.plan \
         FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE jobs.id = ?",
        values![id.as_str()],
        |row| {
            Ok(JobFacts {
                changes: row.int(0)?,
                decided: row.int(1)?,
                active: row.flag(2)?,
                team: row.text(3)?,
                pipeline: row.text(4)?,
                name: row.text(5)?,
                plan: row.text(6)?,
                inputs: Vec::new(),
                unresolved: Vec::new(),
            })
        },
    )?;
    let Some(mut job) = found else { return Ok(None) };
    job.inputs = inputs(db, id)?;
    job.unresolved = db.rows(
        "SELECT id FROM builds WHERE status = 'pending' AND ready = 0 AND job_id = ? ORDER BY id LIMIT 1000",
        values![id.as_str()],
        |row| Ok(BuildId(row.text(0)?)),
    )?;
    Ok(Some(job))
}

fn inputs(db: &Db, job: &JobId) -> Result<Vec<InputFacts>, StoreError> {
    let mut inputs = db.rows(
        "SELECT job_inputs.name, resources.id, resources.name, job_inputs.triggers, job_inputs.passed \
         FROM job_inputs JOIN resources ON resources.id = job_inputs.resource_id \
         WHERE job_inputs.job_id = ? ORDER BY job_inputs.place",
        values![job.as_str()],
        |row| {
            Ok(InputFacts {
                name: row.text(0)?,
                resource: ResourceId(row.text(1)?),
                resource_name: row.text(2)?,
                trigger: row.flag(3)?,
                passed: row.text(4)? != "[]",
                newest: None,
                mark: None,
                next: Vec::new(),
            })
        },
    )?;
    for input in &mut inputs {
        input.newest = newest(db, &input.resource)?;
        input.mark = mark(db, job, &input.resource)?;
        if let (true, Some(mark)) = (input.trigger, &input.mark) {
            input.next = next(db, job, &input.resource, mark.order)?;
        }
    }
    Ok(inputs)
}

fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored { id: row.text(0)?, order: row.int(1)?, version: row.json(2)? })
}

fn newest(db: &Db, resource: &ResourceId) -> Result<Option<Stored>, StoreError> {
    db.row(
        "SELECT id, place, data FROM versions WHERE resource_id = ? ORDER BY place DESC LIMIT 1",
        values![resource.as_str()],
        stored,
    )
}

fn mark(db: &Db, job: &JobId, resource: &ResourceId) -> Result<Option<Stored>, StoreError> {
    db.row(
        "SELECT versions.id, versions.place, versions.data FROM marks \
         JOIN versions ON versions.id = marks.version_id WHERE marks.job_id = ? AND marks.resource_id = ?",
        values![job.as_str(), resource.as_str()],
        stored,
    )
}

fn next(db: &Db, job: &JobId, resource: &ResourceId, above: u64) -> Result<Vec<Stored>, StoreError> {
    db.rows(
        "SELECT id, place, data FROM versions WHERE resource_id = ? AND place > ? AND NOT EXISTS \
         (SELECT 1 FROM build_inputs WHERE build_inputs.job_id = ? AND build_inputs.version_id = versions.id) \
         ORDER BY place LIMIT ?",
        values![resource.as_str(), above, job.as_str(), NEXT_VERSIONS],
        stored,
    )
}

const PENDING_COLUMNS: &str = "builds.id, builds.number, pipelines.team, pipelines.name, jobs.name, \
     CASE WHEN jobs.active = 1 THEN jobs.plan ELSE NULL END, builds.inputs";

fn pending_build(row: &Row<'_>) -> Result<PendingBuild, StoreError> {
    /// An input as it stands in a build's row.
    #[derive(Deserialize)]
    struct Input {
        name: String,
        version: Version,
    }
    let inputs: Vec<Input> = row.json(6)?;
    Ok(PendingBuild {
        build: BuildId(row.text(0)?),
        number: row.int(1)?,
        team: row.text(2)?,
        pipeline: row.text(3)?,
        job: row.text(4)?,
        plan: row.opt_text(5)?,
        inputs: inputs.into_iter().map(|input| (input.name, input.version)).collect::<BTreeMap<_, _>>(),
    })
}

fn pending(db: &Db, limit: usize) -> Result<Vec<PendingBuild>, StoreError> {
    db.rows(
        &format!(
            "SELECT {PENDING_COLUMNS} FROM builds JOIN jobs ON jobs.id = builds.job_id \
             JOIN pipelines ON pipelines.id = jobs.pipeline_id \
             WHERE builds.status = 'pending' AND builds.ready = 1 ORDER BY builds.id LIMIT ?"
        ),
        values![limit],
        pending_build,
    )
}

fn due_checks(db: &Db, now_ms: u64, limit: usize) -> Result<Vec<DueCheck>, StoreError> {
    let mut due = db.rows(
        "SELECT id, number, plan FROM checks WHERE active = 1 AND running = 0 AND due_ms <= ? \
         ORDER BY due_ms, id LIMIT ?",
        values![now_ms, limit],
        |row| {
            Ok(DueCheck {
                check: CheckId(row.text(0)?),
                number: row.int(1)? + 1,
                plan: row.text(2)?,
                newest: None,
            })
        },
    )?;
    for check in &mut due {
        check.newest = newest_of_check(db, &check.check)?;
    }
    Ok(due)
}

fn newest_of_check(db: &Db, check: &CheckId) -> Result<Option<Version>, StoreError> {
    let resource = db.row(
        "SELECT id FROM resources WHERE check_id = ? AND active = 1 ORDER BY place LIMIT 1",
        values![check.as_str()],
        |row| Ok(ResourceId(row.text(0)?)),
    )?;
    Ok(match resource {
        Some(resource) => newest(db, &resource)?.map(|stored| stored.version),
        None => None,
    })
}

fn next_check(db: &Db, now_ms: u64) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT due_ms FROM checks WHERE active = 1 AND running = 0 AND due_ms > ? ORDER BY due_ms LIMIT 1",
        values![now_ms],
        |row| row.int(0),
    )
}

/// All running attempts of a worker, and those ended ones that it names as held or whose ask it says is open.
fn attempts_of(db: &Db, wanted: &WorkerWanted, into: &mut Vec<AttemptFacts>) -> Result<(), StoreError> {
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
        (None, AttemptOf::Check(check)) => check.newest = newest_of_check(db, &check.check)?,
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

fn position(db: &Db, id: &AttemptId) -> Result<Option<AttemptPosition>, StoreError> {
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

fn build(db: &Db, id: &BuildId) -> Result<Option<BuildFacts>, StoreError> {
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
