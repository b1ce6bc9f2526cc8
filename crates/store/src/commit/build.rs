//! Builds are made.

use super::{cancel, changes, check, fit, raise, start, take};
use crate::StoreError;
use crate::db::{Db, values};
use crate::needs::Needs;
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::CancelWish;
use pikoci_engine::part::{Applied, BuildInput, CreateBuild};
use pikoci_plan::id::{BuildId, JobId, ResourceId};
use pikoci_plan::status::Outcome;
use serde_json::json;

/// Makes a build, unless one was made for its cause.
pub(super) fn create(db: &Db, create: &CreateBuild) -> Result<Applied, StoreError> {
    if let Some(build) = made_before(db, &create.job, &create.cause, &create.id)? {
        return Ok(Applied::Exists(build));
    }
    let number = next_number(db, &create.job)?;
    insert(db, create, number)?;
    take::take(db, (&create.job, &create.id), &create.inputs)?;
    take::mark(db, (&create.job, number), &create.inputs)?;
    replace_older(db, create, number)?;
    if create.ready {
        // Who has chosen its versions may not have known of the newest revision.
        fit::build(db, &create.id, create.at_ms)?;
    } else {
        // Something may have changed since it was found that its versions cannot all be chosen.
        raise(db, &create.job)?;
    }
    changes::touch(db, create.id.as_str())?;
    let started = match &create.start {
        Some(to) => start::build(db, to)?,
        None => false,
    };
    Ok(Applied::Made { number, started })
}

/// The build that was made for that cause; if there is none the cause is noted as that of `build`.
pub(super) fn made_before(
    db: &Db,
    job: &JobId,
    cause: &Cause,
    build: &BuildId,
) -> Result<Option<BuildId>, StoreError> {
    let key = cause.key();
    let first = db.execute(
        "INSERT INTO causes (job_id, cause_key, build_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        values![job.as_str(), &key, build.as_str()],
    )?;
    if first > 0 {
        return Ok(None);
    }
    let found = db.row(
        "SELECT build_id FROM causes WHERE job_id = ? AND cause_key = ?",
        values![job.as_str(), &key],
        |row| Ok(BuildId(row.text(0)?)),
    )?;
    found.map(Some).ok_or_else(|| StoreError::Corrupt("a cause without its row".into()))
}

fn insert(db: &Db, create: &CreateBuild, number: u64) -> Result<(), StoreError> {
    let needs = request_checks(db, &create.needs, &Needs::new(), create.at_ms)?;
    db.execute(
        "INSERT INTO builds (id, job_id, number, cause, status, ready, inputs, cancel, created_ms, made_by, space, \
         untrusted, needs) VALUES (?, ?, ?, ?, 'pending', ?, ?, 0, ?, ?, ?, ?, ?)",
        values![
            create.id.as_str(),
            create.job.as_str(),
            number,
            create.cause.as_str(),
            create.ready,
            print(&create.inputs).as_str(),
            create.at_ms,
            create.by.as_str(),
            create.space.as_str(),
            create.untrusted,
            json!(needs).to_string().as_str(),
        ],
    )
    .map(drop)
}

/// Wants the checks of resources at once, but for those that are wanted already; what a build that needs them waits for.
pub(super) fn request_checks(
    db: &Db,
    resources: &[ResourceId],
    wanted: &Needs,
    at_ms: u64,
) -> Result<Needs, StoreError> {
    let mut needs = Needs::new();
    for resource in resources {
        let has = "SELECT check_id FROM resources WHERE id = ? AND check_id IS NOT NULL";
        let check = db.row(has, values![resource.as_str()], |row| row.text(0))?;
        let known = wanted.get(resource).filter(|(known, _)| check.as_deref() == Some(known.as_str()));
        if let Some(known) = known {
            needs.insert(resource.clone(), known.clone());
        // One that has no check (any more) is not waited for.
        } else if let Applied::Requested { check, number } = check::request(db, resource, at_ms)? {
            needs.insert(resource.clone(), (check, number));
        }
    }
    Ok(needs)
}

/// Ends the pending builds that the new one supersedes, and wishes for the end of running ones. Where a newer build also
/// interrupts, that is wished for those too that have started since it was found that they wait.
fn replace_older(db: &Db, create: &CreateBuild, number: u64) -> Result<(), StoreError> {
    let why = format!("superseded by #{number}");
    let interrupts = interrupts(db, &create.job)?;
    for older in create.supersedes.iter().chain(&create.interrupts) {
        let ended = cancel::end_pending(db, older, Outcome::Cancelled, &why, create.at_ms)?;
        if !ended && interrupts {
            cancel::wish_for(db, older, CancelWish::Cancel, &why)?;
        }
    }
    Ok(())
}

/// Whether a newer build of the job also ends those that run.
fn interrupts(db: &Db, job: &JobId) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM jobs WHERE id = ? AND interruptible = 2";
    Ok(db.row(sql, values![job.as_str()], |row| row.text(0))?.is_some())
}

/// The next number of the job, from 1.
fn next_number(db: &Db, job: &JobId) -> Result<u64, StoreError> {
    db.execute("UPDATE jobs SET last_number = last_number + 1 WHERE id = ?", values![job.as_str()])?;
    db.row("SELECT last_number FROM jobs WHERE id = ?", values![job.as_str()], |row| row.int(0))?
        .ok_or_else(|| StoreError::Corrupt(format!("a build of job {job}, which is not there")))
}

/// A build's inputs as they stand in its row.
pub(super) fn print(inputs: &[BuildInput]) -> String {
    let rows: Vec<_> = inputs
        .iter()
        .map(|input| json!({"name": input.name, "resource": input.resource_name, "version": input.version}))
        .collect();
    serde_json::Value::Array(rows).to_string()
}
