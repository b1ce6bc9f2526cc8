//! A revision of a pipeline is set.

use super::{brake, cancel, effect, ids, set_check, set_job, set_resource};
use crate::StoreError;
use crate::db::{Db, values};
use crate::outline;
use pikoci_engine::part::{Applied, PlanSpec, SetPipeline};
use pikoci_plan::id::{BuildId, CheckId, JobId, PipelineId};
use pikoci_plan::status::Outcome;

/// Sets a pipeline. Jobs and resources keep their ids by name; what is gone from the text keeps its history.
pub(super) fn set(db: &Db, set: &SetPipeline) -> Result<Applied, StoreError> {
    let found = found(db, set)?;
    let current = found.as_ref().filter(|found| !found.archived).map_or(0, |found| found.revision);
    if set.expected.is_some_and(|expected| expected != current) {
        return Ok(Applied::Conflict(current));
    }
    let (id, last) = match found {
        Some(found) => (found.id, found.revision),
        None => (insert(db, set)?, 0),
    };
    let checks_before = checks(db, &id)?;
    set_resources(db, &id, set)?;
    let gone = set_jobs(db, &id, set)?;
    let mut all_checks = checks(db, &id)?;
    all_checks.extend(checks_before);
    set_check::settle(db, &all_checks, set.at_ms)?;
    end_waiting(db, &gone, set.at_ms)?;
    let changed = keep_revision(db, &id, last, set)?;
    if changed || current == 0 {
        brake(db, "pipeline_id = ?", id.as_str())?;
    }
    Ok(Applied::Set { id, revision: last + u64::from(changed), changed })
}

/// A pipeline as it stands.
struct Found {
    id: PipelineId,
    revision: u64,
    archived: bool,
}

fn found(db: &Db, set: &SetPipeline) -> Result<Option<Found>, StoreError> {
    let key = values![set.team.as_str(), set.name.as_str()];
    // Whoever else sets it waits for this transaction.
    db.execute("UPDATE pipelines SET revision = revision WHERE team = ? AND name = ?", key)?;
    db.row("SELECT id, revision, archived_ms FROM pipelines WHERE team = ? AND name = ?", key, |row| {
        let (id, revision) = (PipelineId(row.text(0)?), row.int(1)?);
        Ok(Found { id, revision, archived: row.opt_int(2)?.is_some() })
    })
}

fn insert(db: &Db, set: &SetPipeline) -> Result<PipelineId, StoreError> {
    db.execute(
        "INSERT INTO pipelines (id, team, name, revision, created_ms) VALUES (?, ?, ?, 0, ?)",
        values![set.id.as_str(), set.team.as_str(), set.name.as_str(), set.at_ms],
    )?;
    Ok(set.id.clone())
}

/// All checks that resources of a pipeline have, or had when they were there.
pub(super) fn checks(db: &Db, pipeline: &PipelineId) -> Result<Vec<CheckId>, StoreError> {
    let sql = "SELECT DISTINCT check_id FROM resources WHERE pipeline_id = ? AND check_id IS NOT NULL";
    ids(db, sql, values![pipeline.as_str()])
}

fn set_resources(db: &Db, pipeline: &PipelineId, set: &SetPipeline) -> Result<(), StoreError> {
    db.execute("UPDATE resources SET active = 0 WHERE pipeline_id = ?", values![pipeline.as_str()])?;
    for (place, resource) in set.resources.iter().enumerate() {
        set_resource::set(db, (pipeline, place), resource, set.at_ms)?;
    }
    Ok(())
}

/// Sets the jobs; those that are gone.
fn set_jobs(db: &Db, pipeline: &PipelineId, set: &SetPipeline) -> Result<Vec<JobId>, StoreError> {
    let key = values![pipeline.as_str()];
    let before: Vec<JobId> = ids(db, "SELECT id FROM jobs WHERE pipeline_id = ? AND active = 1", key)?;
    db.execute("UPDATE jobs SET active = 0, due = 0 WHERE pipeline_id = ?", key)?;
    let mut now = Vec::with_capacity(set.jobs.len());
    for (place, job) in set.jobs.iter().enumerate() {
        set_plan(db, &job.plan)?;
        now.push(set_job::set(db, (pipeline, place), job, &before, set.at_ms)?);
    }
    for (id, job) in now.iter().zip(&set.jobs) {
        set_job::set_passed(db, pipeline, id, job)?;
    }
    // What was due before, and stays, is due still.
    db.execute(
        "UPDATE jobs SET due = CASE WHEN decided < changes THEN 1 ELSE 0 END WHERE pipeline_id = ? AND active = 1",
        key,
    )?;
    Ok(before.into_iter().filter(|job| !now.contains(job)).collect())
}

/// Keeps a plan by its hash.
pub(super) fn set_plan(db: &Db, plan: &PlanSpec) -> Result<(), StoreError> {
    let steps = outline::print(&plan.outline)?;
    db.execute(
        "INSERT INTO plans (hash, data, steps) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        values![plan.hash.as_str(), &plan.bytes, steps.as_str()],
    )
    .map(drop)
}

/// Ends the builds of jobs that are gone whose versions are still to be chosen: nobody will.
fn end_waiting(db: &Db, gone: &[JobId], at_ms: u64) -> Result<(), StoreError> {
    for job in gone {
        let waiting: Vec<BuildId> = ids(
            db,
            "SELECT id FROM builds WHERE status = 'pending' AND ready = 0 AND job_id = ? ORDER BY id",
            values![job.as_str()],
        )?;
        for build in &waiting {
            cancel::end_pending(db, build, Outcome::Cancelled, "job removed", at_ms)?;
        }
    }
    Ok(())
}

/// Adds a revision, if its text or what it has made of jobs and resources differs from the last. Whether it does.
fn keep_revision(db: &Db, id: &PipelineId, last: u64, set: &SetPipeline) -> Result<bool, StoreError> {
    let effect = effect::of(db, id)?;
    let same = db.row(
        "SELECT number FROM revisions WHERE pipeline_id = ? AND number = ? AND source = ? AND effect IN (?, '')",
        values![id.as_str(), last, set.source.as_str(), effect.as_str()],
        |row| row.int(0),
    )?;
    let changed = same.is_none();
    if changed {
        insert_revision(db, id, last + 1, &effect, set)?;
    }
    db.execute(
        "UPDATE pipelines SET revision = ?, archived_ms = NULL, config_hash = COALESCE(?, config_hash) WHERE id = ?",
        values![last + u64::from(changed), &set.config_hash, id.as_str()],
    )?;
    Ok(changed)
}

fn insert_revision(
    db: &Db,
    id: &PipelineId,
    number: u64,
    effect: &str,
    set: &SetPipeline,
) -> Result<(), StoreError> {
    let sources =
        serde_json::to_string(&set.sources).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    db.execute(
        "INSERT INTO revisions (pipeline_id, number, source, created_ms, set_by, sources, effect) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        values![
            id.as_str(),
            number,
            set.source.as_str(),
            set.at_ms,
            set.by.as_str(),
            sources.as_str(),
            effect,
        ],
    )
    .map(drop)
}
