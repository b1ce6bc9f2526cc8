//! What the decision of a job reads.

use super::versions::stored;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::{InputFacts, JobFacts, NEXT_VERSIONS, Stored};
use pikoci_plan::id::{BuildId, JobId, ResourceId};

pub(super) fn due(db: &Db) -> Result<Vec<JobId>, StoreError> {
    db.rows("SELECT id FROM jobs WHERE due = 1 ORDER BY id LIMIT 100", &[], |row| Ok(JobId(row.text(0)?)))
}

pub(super) fn job(db: &Db, id: &JobId) -> Result<Option<JobFacts>, StoreError> {
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

