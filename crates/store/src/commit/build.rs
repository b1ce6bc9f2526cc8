//! Builds are made, decided on, cancelled.

use super::{raise, start};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::CancelWish;
use pikoci_engine::part::{Applied, BuildInput, CreateBuild, Decide};
use pikoci_plan::id::{BuildId, JobId};
use pikoci_plan::status::Outcome;
use serde_json::json;

/// Makes a build, unless one was made for its cause.
pub(super) fn create(db: &Db, create: &CreateBuild) -> Result<Applied, StoreError> {
    let key = create.cause.key();
    let first = db.execute(
        "INSERT INTO causes (job_id, cause_key, build_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        values![create.job.as_str(), &key, create.id.as_str()],
    )?;
    if first == 0 {
        let build = db.row(
            "SELECT build_id FROM causes WHERE job_id = ? AND cause_key = ?",
            values![create.job.as_str(), &key],
            |row| row.text(0),
        )?;
        let build = build.ok_or_else(|| StoreError::Corrupt("a cause without its row".into()))?;
        return Ok(Applied::Exists(build.into()));
    }
    let number = next_number(db, &create.job)?;
    db.execute(
        "INSERT INTO builds (id, job_id, number, cause, status, ready, inputs, cancel, created_ms) \
         VALUES (?, ?, ?, ?, 'pending', ?, ?, 0, ?)",
        values![
            create.id.as_str(),
            create.job.as_str(),
            number,
            create.cause.as_str(),
            create.inputs.is_some(),
            print(create.inputs.as_deref().unwrap_or_default()).as_str(),
            create.at_ms,
        ],
    )?;
    take(db, &create.job, &create.id, create.inputs.as_deref().unwrap_or_default())?;
    let started = match &create.start {
        Some(to) => start::build(db, to)?,
        None => false,
    };
    Ok(Applied::Made { number, started })
}

/// Makes what a job's decision makes, unless somebody decided since it read its facts.
pub(super) fn decide(db: &Db, decide: &Decide) -> Result<Applied, StoreError> {
    let first = db.execute(
        "UPDATE jobs SET decided = ?, due = CASE WHEN changes > ? THEN 1 ELSE 0 END WHERE id = ? AND decided = ?",
        values![decide.changes, decide.changes, decide.job.as_str(), decide.decided],
    )?;
    if first == 0 {
        return Ok(Applied::Missed);
    }
    let mut made = Vec::new();
    for build in &decide.builds {
        if let Applied::Made { number, started } = create(db, build)? {
            made.push((build.id.clone(), number, started));
        }
    }
    for (build, inputs) in &decide.resolved {
        resolve(db, &decide.job, build, inputs)?;
    }
    if decide.more {
        raise(db, &decide.job)?;
    }
    Ok(Applied::Decided(made))
}

/// Gives a pending build the versions that could not be chosen when it was made.
fn resolve(db: &Db, job: &JobId, build: &BuildId, inputs: &[BuildInput]) -> Result<(), StoreError> {
    let waits = db.execute(
        "UPDATE builds SET ready = 1, inputs = ? WHERE id = ? AND status = 'pending' AND ready = 0",
        values![print(inputs).as_str(), build.as_str()],
    )?;
    if waits > 0 { take(db, job, build, inputs) } else { Ok(()) }
}

/// The next number of the job, from 1.
fn next_number(db: &Db, job: &JobId) -> Result<u64, StoreError> {
    db.execute("UPDATE jobs SET last_number = last_number + 1 WHERE id = ?", values![job.as_str()])?;
    db.row("SELECT last_number FROM jobs WHERE id = ?", values![job.as_str()], |row| row.int(0))?
        .ok_or_else(|| StoreError::Corrupt(format!("a build of job {job}, which is not there")))
}

/// Notes which versions a build took, and moves the job's marks.
fn take(db: &Db, job: &JobId, build: &BuildId, inputs: &[BuildInput]) -> Result<(), StoreError> {
    for input in inputs {
        db.execute(
            "INSERT INTO build_inputs (job_id, version_id, build_id, name) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
            values![job.as_str(), input.version_id.as_str(), build.as_str(), input.name.as_str()],
        )?;
        let key = values![job.as_str(), input.resource.as_str()];
        let mark = db.row(
            "SELECT versions.place FROM marks JOIN versions ON versions.id = marks.version_id \
             WHERE marks.job_id = ? AND marks.resource_id = ?",
            key,
            |row| row.int(0),
        )?;
        if mark.is_none_or(|mark| mark < input.order) {
            db.execute("DELETE FROM marks WHERE job_id = ? AND resource_id = ?", key)?;
            db.execute(
                "INSERT INTO marks (job_id, resource_id, version_id) VALUES (?, ?, ?)",
                values![job.as_str(), input.resource.as_str(), input.version_id.as_str()],
            )?;
        }
    }
    Ok(())
}

/// Cancels a build: at once while it is pending, else the wish is noted.
pub(super) fn cancel(db: &Db, build: &BuildId, wish: CancelWish, at_ms: u64) -> Result<bool, StoreError> {
    if end_pending(db, build, Outcome::Cancelled, "cancelled before it started", at_ms)? {
        return Ok(true);
    }
    let wish = wish as i64;
    let noted = db.execute(
        "UPDATE builds SET cancel = ? WHERE id = ? AND status = 'running' AND cancel < ?",
        values![wish, build.as_str(), wish],
    )?;
    Ok(noted > 0)
}

/// Ends a pending build.
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
    Ok(ended > 0)
}

/// A build's inputs as they stand in its row.
fn print(inputs: &[BuildInput]) -> String {
    let rows: Vec<_> = inputs
        .iter()
        .map(|input| json!({"name": input.name, "resource": input.resource_name, "version": input.version}))
        .collect();
    serde_json::Value::Array(rows).to_string()
}
