//! A job of a revision.

use super::{fit, set_resource};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::Interruptible;
use pikoci_engine::part::{InputSpec, JobSpec};
use pikoci_plan::id::{JobId, PipelineId, ResourceId};
use std::collections::BTreeSet;

/// Sets a job, but for what its inputs name in `passed`. `before` are the jobs of the revision before.
pub(super) fn set(
    db: &Db,
    (pipeline, place): (&PipelineId, usize),
    job: &JobSpec,
    before: &[JobId],
    at_ms: u64,
) -> Result<JobId, StoreError> {
    let key = (pipeline.as_str(), job.name.as_str());
    let made = db.execute(
        "INSERT INTO jobs (id, pipeline_id, name, place, active, plan, last_number, changes, decided, due) \
         VALUES (?, ?, ?, ?, 1, ?, 0, 0, 0, 0) ON CONFLICT DO NOTHING",
        values![job.id.as_str(), key.0, key.1, place, job.plan.hash.as_str()],
    )?;
    let id = id(db, pipeline, &job.name)?;
    let read = reads(db, &id)?;
    update(db, pipeline, (&id, place), job)?;
    set_inputs(db, pipeline, &id, job)?;
    let reads = reads(db, &id)?;
    let resumes = resumes(db, &id, reads.difference(&read))?;
    if made == 0 && (resumes || !before.contains(&id)) {
        db.execute("UPDATE jobs SET catch_up = 1 WHERE id = ?", values![id.as_str()])?;
    }
    if resumes {
        // How far decisions looked says nothing of an input that did not look like this then.
        db.execute("DELETE FROM horizons WHERE job_id = ?", values![id.as_str()])?;
    }
    fit::job(db, &id, reads != read, at_ms)?;
    Ok(id)
}

fn id(db: &Db, pipeline: &PipelineId, name: &str) -> Result<JobId, StoreError> {
    let id = db.row(
        "SELECT id FROM jobs WHERE pipeline_id = ? AND name = ?",
        values![pipeline.as_str(), name],
        |row| row.text(0),
    )?;
    id.map(JobId).ok_or_else(|| StoreError::Corrupt(format!("job {name} is named and not there")))
}

fn update(
    db: &Db,
    pipeline: &PipelineId,
    (id, place): (&JobId, usize),
    job: &JobSpec,
) -> Result<(), StoreError> {
    let interruptible: u64 = match job.interruptible {
        Interruptible::Never => 0,
        Interruptible::Waiting => 1,
        Interruptible::Always => 2,
    };
    db.execute(
        "UPDATE jobs SET place = ?, active = 1, plan = ?, tags = ?, holds = ?, places = ?, interruptible = ?, \
         retry = ?, no_rerun = ?, trusted_only = ? WHERE id = ?",
        values![
            place,
            job.plan.hash.as_str(),
            json(&job.tags)?.as_str(),
            json(&groups(db, pipeline, job)?)?.as_str(),
            json(&places(pipeline, id, job))?.as_str(),
            interruptible,
            job.retry,
            job.no_rerun,
            job.trusted_only,
            id.as_str(),
        ],
    )
    .map(drop)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The keys of its serial groups, sorted.
fn groups(db: &Db, pipeline: &PipelineId, job: &JobSpec) -> Result<BTreeSet<String>, StoreError> {
    let team =
        db.row("SELECT team FROM pipelines WHERE id = ?", values![pipeline.as_str()], |row| row.text(0))?;
    let team = team.unwrap_or_default();
    let key = |group: &String| match group.strip_prefix("team/") {
        Some(group) => format!("g:team:{team}:{group}"),
        None => format!("g:{pipeline}:{group}"),
    };
    Ok(job.serial_groups.iter().map(key).collect())
}

/// What limits how many of its builds run: prefixes of keys, and how many there are.
fn places(pipeline: &PipelineId, id: &JobId, job: &JobSpec) -> Vec<(String, u32)> {
    let own = (job.concurrency > 0).then(|| (format!("c:{id}:"), job.concurrency));
    let shared = job.max_in_flight.as_ref();
    let shared = shared.map(|(name, limit)| (format!("m:{pipeline}:{name}:"), *limit));
    own.into_iter().chain(shared).collect()
}

/// What an input lets decisions see.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Reads {
    name: String,
    resource: String,
    trigger: bool,
    /// The rest, as text.
    of: String,
}

fn reads(db: &Db, id: &JobId) -> Result<BTreeSet<Reads>, StoreError> {
    let rows = db.rows(
        "SELECT job_inputs.passed, job_inputs.pin, jobs.trusted_only, job_inputs.name, job_inputs.resource_id, \
         job_inputs.triggers FROM job_inputs JOIN jobs ON jobs.id = job_inputs.job_id WHERE job_inputs.job_id = ?",
        values![id.as_str()],
        |row| {
            let (name, resource, trigger) = (row.text(3)?, row.text(4)?, row.flag(5)?);
            Ok(Reads { name, resource, trigger, of: row.whole()? })
        },
    )?;
    Ok(rows.into_iter().collect())
}

/// Whether one of these inputs triggers, and the job has taken versions at it before: of what came meanwhile only the
/// newest counts.
fn resumes<'a>(db: &Db, id: &JobId, changed: impl Iterator<Item = &'a Reads>) -> Result<bool, StoreError> {
    for input in changed.filter(|input| input.trigger) {
        let mark = db.row(
            "SELECT version_id FROM job_marks WHERE job_id = ? AND name = ? AND resource_id = ? LIMIT 1",
            values![id.as_str(), input.name.as_str(), input.resource.as_str()],
            |row| row.text(0),
        )?;
        if mark.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn set_inputs(db: &Db, pipeline: &PipelineId, id: &JobId, job: &JobSpec) -> Result<(), StoreError> {
    db.execute("DELETE FROM job_inputs WHERE job_id = ?", values![id.as_str()])?;
    for (place, input) in job.inputs.iter().enumerate() {
        let resource = set_resource::id(db, pipeline, &input.resource)?;
        insert_input(db, (id, place), input, &resource)?;
    }
    Ok(())
}

fn insert_input(
    db: &Db,
    (job, place): (&JobId, usize),
    input: &InputSpec,
    resource: &ResourceId,
) -> Result<(), StoreError> {
    let pin = input.pin.as_ref().map(json).transpose()?;
    db.execute(
        "INSERT INTO job_inputs (job_id, place, name, resource_id, triggers, passed, latest, pin) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            job.as_str(),
            place,
            input.name.as_str(),
            resource.as_str(),
            input.trigger,
            json(&input.passed)?.as_str(),
            input.latest,
            &pin,
        ],
    )
    .map(drop)
}

/// Sets which jobs its inputs name in `passed`: once the rows of all jobs are there.
pub(super) fn set_passed(
    db: &Db,
    pipeline: &PipelineId,
    job: &JobId,
    spec: &JobSpec,
) -> Result<(), StoreError> {
    db.execute("DELETE FROM job_passed WHERE job_id = ?", values![job.as_str()])?;
    for (place, input) in spec.inputs.iter().enumerate() {
        for upstream in &input.passed {
            let upstream = id(db, pipeline, upstream)?;
            db.execute(
                "INSERT INTO job_passed (job_id, place, upstream_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                values![job.as_str(), place, upstream.as_str()],
            )?;
        }
    }
    Ok(())
}
