//! Jobs.

use crate::db::{Db, Row, values};
use crate::{Store, StoreError};
use pikoci_plan::id::{BuildId, JobId, PipelineId};

/// A job of a pipeline's current revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Whether it is paused; its pipeline may be beside that.
    pub paused: bool,
    /// Whether its builds cannot be run again by hand.
    pub no_rerun: bool,
    /// What a worker must have.
    pub tags: Vec<String>,
    /// Its gets: step, resource, whether it triggers, `passed`.
    pub inputs: Vec<(String, String, bool, Vec<String>)>,
    /// How many of its builds are pending; 1,000 stands for more.
    pub pending: u64,
    /// How many of its builds are running; 1,000 stands for more.
    pub running: u64,
    /// The build at which it stands: that with the greatest number, or its newest rerun. A rerun of an older build
    /// says nothing of the job.
    pub last_build: Option<BuildId>,
}

impl Store {
    /// The jobs of a pipeline in file order, or the one of that name.
    pub fn jobs(&self, pipeline: &PipelineId, name: Option<&str>) -> Result<Vec<Job>, StoreError> {
        let db = self.reader();
        let jobs = db.rows(
            "SELECT id, name, paused, no_rerun, tags FROM jobs \
             WHERE pipeline_id = ? AND active = 1 AND (? IS NULL OR name = ?) ORDER BY place",
            values![pipeline.as_str(), name, name],
            job,
        )?;
        jobs.into_iter().map(|job| whole(&db, job)).collect()
    }
}

fn job(row: &Row<'_>) -> Result<Job, StoreError> {
    Ok(Job {
        id: JobId(row.text(0)?),
        name: row.text(1)?,
        paused: row.flag(2)?,
        no_rerun: row.flag(3)?,
        tags: row.json(4)?,
        inputs: Vec::new(),
        pending: 0,
        running: 0,
        last_build: None,
    })
}

/// Adds what stands in other rows.
fn whole(db: &Db, mut job: Job) -> Result<Job, StoreError> {
    let id = job.id.as_str();
    job.inputs = db.rows(
        "SELECT job_inputs.name, resources.name, job_inputs.triggers, job_inputs.passed FROM job_inputs \
         JOIN resources ON resources.id = job_inputs.resource_id WHERE job_inputs.job_id = ? \
         ORDER BY job_inputs.place",
        values![id],
        |row| Ok((row.text(0)?, row.text(1)?, row.flag(2)?, row.json(3)?)),
    )?;
    let count = |status: &str| {
        let sql =
            "SELECT COUNT(*) FROM (SELECT id FROM builds WHERE job_id = ? AND status = ? LIMIT 1000) AS some";
        db.row(sql, values![id, status], |row| row.int(0)).map(Option::unwrap_or_default)
    };
    (job.pending, job.running) = (count("pending")?, count("running")?);
    let newest = "SELECT id FROM builds WHERE job_id = ? ORDER BY number DESC, rerun DESC LIMIT 1";
    job.last_build = db.row(newest, values![id], |row| Ok(BuildId(row.text(0)?)))?;
    Ok(job)
}
