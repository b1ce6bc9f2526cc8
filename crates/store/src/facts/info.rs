//! What a job is, as far as giving its builds to workers needs it.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{Interruptible, JobInfo};
use pikoci_plan::id::{JobId, PipelineId};
use std::collections::BTreeMap;

/// The columns of [`read`].
pub(super) const COLUMNS: &str = "pipelines.id, pipelines.team, pipelines.name, jobs.name, \
     CASE WHEN jobs.active = 1 AND pipelines.archived_ms IS NULL THEN jobs.plan ELSE NULL END, \
     CASE WHEN jobs.paused = 1 OR pipelines.paused = 1 THEN 1 ELSE 0 END, \
     jobs.tags, jobs.holds, jobs.places, jobs.interruptible, pipelines.served";

/// What a job is, but for what runs of its pipeline (see [`count_running`]); `None` where there is none of that id.
pub(super) fn info(db: &Db, job: &JobId) -> Result<Option<JobInfo>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE jobs.id = ?"
    );
    db.row(&sql, values![job.as_str()], read)
}

/// What a job is, from [`COLUMNS`] at the beginning of a row.
pub(super) fn read(row: &Row<'_>) -> Result<JobInfo, StoreError> {
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

pub(crate) fn interruptible(stored: u64) -> Interruptible {
    match stored {
        0 => Interruptible::Never,
        1 => Interruptible::Waiting,
        _ => Interruptible::Always,
    }
}

/// The builds that run, by pipeline. Costs what runs, not how many jobs there are.
pub(super) const RUNNING: &str = "SELECT jobs.pipeline_id, COUNT(*) FROM builds JOIN jobs ON jobs.id = builds.job_id \
     WHERE builds.status = 'running' GROUP BY jobs.pipeline_id";

/// Says how many builds run of the pipeline of each job.
pub(super) fn count_running<'a>(
    db: &Db,
    jobs: impl IntoIterator<Item = &'a mut JobInfo>,
) -> Result<(), StoreError> {
    let mut jobs = jobs.into_iter().peekable();
    if jobs.peek().is_none() {
        return Ok(());
    }
    let running = db.rows(RUNNING, &[], |row| Ok((PipelineId(row.text(0)?), row.int(1)? as u32)))?;
    let running: BTreeMap<_, _> = running.into_iter().collect();
    jobs.for_each(|job| job.pipeline_running = running.get(&job.pipeline_id).copied().unwrap_or_default());
    Ok(())
}
