//! What a job is, as far as giving its builds to workers needs it.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{Interruptible, JobInfo};
use pikoci_plan::id::{JobId, PipelineId};

/// What a job is; `None` where there is none of that id.
pub(super) fn info(db: &Db, job: &JobId) -> Result<Option<JobInfo>, StoreError> {
    let found = db.row(
        "SELECT pipelines.id, pipelines.team, pipelines.name, jobs.name, \
         CASE WHEN jobs.active = 1 AND pipelines.archived_ms IS NULL THEN jobs.plan ELSE NULL END, \
         CASE WHEN jobs.paused = 1 OR pipelines.paused = 1 THEN 1 ELSE 0 END, \
         jobs.tags, jobs.holds, jobs.places, jobs.interruptible, pipelines.served \
         FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE jobs.id = ?",
        values![job.as_str()],
        read,
    )?;
    let Some(mut info) = found else { return Ok(None) };
    info.pipeline_running = running(db, &info.pipeline_id)?;
    Ok(Some(info))
}

fn read(row: &Row<'_>) -> Result<JobInfo, StoreError> {
    Ok(JobInfo {
        pipeline_id: PipelineId(row.text(0)?),
        team: row.text(1)?,
        pipeline: row.text(2)?,
        name: row.text(3)?,
        plan: row.opt_text(4)?,
        paused: row.flag(5)?,
        tags: row.json(6)?,
        groups: row.json(7)?,
        places: row.json(8)?,
        interruptible: interruptible(row.int(9)?),
        pipeline_running: 0,
        pipeline_served: row.text(10)?,
    })
}

fn interruptible(stored: u64) -> Interruptible {
    match stored {
        0 => Interruptible::Never,
        1 => Interruptible::Waiting,
        _ => Interruptible::Always,
    }
}

/// How many builds of a pipeline run.
fn running(db: &Db, pipeline: &PipelineId) -> Result<u32, StoreError> {
    let count = db.row(
        "SELECT COUNT(*) FROM jobs JOIN builds ON builds.job_id = jobs.id AND builds.status = 'running' \
         WHERE jobs.pipeline_id = ?",
        values![pipeline.as_str()],
        |row| row.int(0),
    )?;
    Ok(count.unwrap_or_default() as u32)
}
