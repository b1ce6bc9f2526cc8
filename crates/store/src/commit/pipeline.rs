//! A revision of a pipeline is set.

use super::{raise, versions};
use crate::StoreError;
use crate::db::{Db, values};
use crate::outline;
use pikoci_engine::part::{Applied, CheckSpec, JobSpec, PlanSpec, ResourceSpec, SetPipeline};
use pikoci_plan::id::{CheckId, JobId, PipelineId, ResourceId};

/// Sets a pipeline. Jobs and resources keep their ids by name; what is gone from the text keeps its history.
pub(super) fn set(db: &Db, set: &SetPipeline) -> Result<Applied, StoreError> {
    let (pipeline, revision) = revision(db, set)?;
    let id = pipeline.as_str();
    db.execute("UPDATE resources SET active = 0 WHERE pipeline_id = ?", values![id])?;
    for (place, resource) in set.resources.iter().enumerate() {
        set_resource(db, &pipeline, place, resource, set.at_ms)?;
    }
    db.execute("UPDATE jobs SET active = 0, due = 0 WHERE pipeline_id = ?", values![id])?;
    for (place, job) in set.jobs.iter().enumerate() {
        set_job(db, &pipeline, place, job)?;
    }
    db.execute(
        "UPDATE checks SET active = CASE WHEN EXISTS (SELECT 1 FROM resources \
         WHERE resources.check_id = checks.id AND resources.active = 1) THEN 1 ELSE 0 END",
        &[],
    )?;
    Ok(Applied::Set { id: pipeline, revision })
}

/// The pipeline's id, and the number of the revision that its text now has: that of before, if it is the same text.
fn revision(db: &Db, set: &SetPipeline) -> Result<(PipelineId, u64), StoreError> {
    db.execute(
        "INSERT INTO pipelines (id, team, name, revision, created_ms) VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
        values![set.id.as_str(), set.team.as_str(), set.name.as_str(), set.at_ms],
    )?;
    let found = db.row(
        "SELECT id, revision FROM pipelines WHERE team = ? AND name = ?",
        values![set.team.as_str(), set.name.as_str()],
        |row| Ok((row.text(0)?, row.int(1)?)),
    )?;
    let (id, last) = found.ok_or_else(|| StoreError::Corrupt(format!("pipeline {} is gone", set.name)))?;
    let same = db.row(
        "SELECT number FROM revisions WHERE pipeline_id = ? AND number = ? AND source = ?",
        values![id.as_str(), last, set.source.as_str()],
        |row| row.int(0),
    )?;
    if same.is_some() {
        return Ok((id.into(), last));
    }
    db.execute(
        "INSERT INTO revisions (pipeline_id, number, source, created_ms) VALUES (?, ?, ?, ?)",
        values![id.as_str(), last + 1, set.source.as_str(), set.at_ms],
    )?;
    db.execute("UPDATE pipelines SET revision = ? WHERE id = ?", values![last + 1, id.as_str()])?;
    Ok((id.into(), last + 1))
}

fn set_plan(db: &Db, plan: &PlanSpec) -> Result<(), StoreError> {
    let steps = outline::print(&plan.outline)?;
    db.execute(
        "INSERT INTO plans (hash, data, steps) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        values![plan.hash.as_str(), &plan.bytes, steps.as_str()],
    )
    .map(drop)
}

fn set_resource(
    db: &Db,
    pipeline: &PipelineId,
    place: usize,
    resource: &ResourceSpec,
    at_ms: u64,
) -> Result<(), StoreError> {
    let check = resource.check.as_ref().map(|check| set_check(db, check, at_ms)).transpose()?;
    let check_text = check.as_ref().map(CheckId::as_str);
    let key = (pipeline.as_str(), resource.name.as_str());
    db.execute(
        "INSERT INTO resources (id, pipeline_id, name, place, active, last_order) VALUES (?, ?, ?, ?, 1, 0) \
         ON CONFLICT DO NOTHING",
        values![resource.id.as_str(), key.0, key.1, place],
    )?;
    db.execute(
        "UPDATE resources SET place = ?, active = 1, check_id = ? WHERE pipeline_id = ? AND name = ?",
        values![place, check_text, key.0, key.1],
    )?;
    match check {
        Some(check) => join_check(db, &resource_id(db, pipeline, &resource.name)?, &check, at_ms),
        None => Ok(()),
    }
}

/// The check with that key, made and due at once if it is new.
fn set_check(db: &Db, check: &CheckSpec, at_ms: u64) -> Result<CheckId, StoreError> {
    set_plan(db, &check.plan)?;
    db.execute(
        "INSERT INTO checks (id, check_key, plan, interval_ms, active, running, again, number, due_ms) \
         VALUES (?, ?, ?, ?, 1, 0, 0, 0, ?) ON CONFLICT DO NOTHING",
        values![check.id.as_str(), &check.key, check.plan.hash.as_str(), check.interval_ms, at_ms],
    )?;
    db.execute(
        "UPDATE checks SET plan = ?, interval_ms = ? WHERE check_key = ?",
        values![check.plan.hash.as_str(), check.interval_ms, &check.key],
    )?;
    let id = db.row("SELECT id FROM checks WHERE check_key = ?", values![&check.key], |row| row.text(0))?;
    id.map(Into::into).ok_or_else(|| StoreError::Corrupt("a check without its row".into()))
}

/// A resource without versions that joins a check takes the newest that the others know.
fn join_check(db: &Db, resource: &ResourceId, check: &CheckId, at_ms: u64) -> Result<(), StoreError> {
    let has_some =
        db.row("SELECT id FROM versions WHERE resource_id = ?", values![resource.as_str()], |row| {
            row.text(0)
        })?;
    if has_some.is_some() {
        return Ok(());
    }
    let newest = db.row(
        "SELECT versions.data FROM versions JOIN resources ON resources.id = versions.resource_id \
         WHERE resources.check_id = ? ORDER BY versions.place DESC LIMIT 1",
        values![check.as_str()],
        |row| row.json(0),
    )?;
    if let Some(version) = newest {
        let found = versions::Found { versions: &[version], settles: true };
        versions::store(db, resource, found, at_ms)?;
    }
    Ok(())
}

fn set_job(db: &Db, pipeline: &PipelineId, place: usize, job: &JobSpec) -> Result<(), StoreError> {
    set_plan(db, &job.plan)?;
    let key = (pipeline.as_str(), job.name.as_str());
    db.execute(
        "INSERT INTO jobs (id, pipeline_id, name, place, active, plan, last_number, changes, decided, due) \
         VALUES (?, ?, ?, ?, 1, ?, 0, 0, 0, 0) ON CONFLICT DO NOTHING",
        values![job.id.as_str(), key.0, key.1, place, job.plan.hash.as_str()],
    )?;
    db.execute(
        "UPDATE jobs SET place = ?, active = 1, plan = ? WHERE pipeline_id = ? AND name = ?",
        values![place, job.plan.hash.as_str(), key.0, key.1],
    )?;
    let id =
        db.row("SELECT id FROM jobs WHERE pipeline_id = ? AND name = ?", values![key.0, key.1], |row| {
            row.text(0)
        })?;
    let id = JobId(id.ok_or_else(|| StoreError::Corrupt(format!("job {} is gone", job.name)))?);
    db.execute("DELETE FROM job_inputs WHERE job_id = ?", values![id.as_str()])?;
    for (place, input) in job.inputs.iter().enumerate() {
        let resource = resource_id(db, pipeline, &input.resource)?;
        let passed =
            serde_json::to_string(&input.passed).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        db.execute(
            "INSERT INTO job_inputs (job_id, place, name, resource_id, triggers, passed) VALUES (?, ?, ?, ?, ?, ?)",
            values![id.as_str(), place, input.name.as_str(), resource.as_str(), input.trigger, passed.as_str()],
        )?;
    }
    raise(db, &id)
}

fn resource_id(db: &Db, pipeline: &PipelineId, name: &str) -> Result<ResourceId, StoreError> {
    let id = db.row(
        "SELECT id FROM resources WHERE pipeline_id = ? AND name = ?",
        values![pipeline.as_str(), name],
        |row| row.text(0),
    )?;
    id.map(Into::into).ok_or_else(|| StoreError::Corrupt(format!("a job gets {name}, which is not there")))
}
