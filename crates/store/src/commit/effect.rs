//! What a revision makes of jobs and resources, as a hash: whether two of them differ.

use super::versions::hex;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_plan::id::PipelineId;

const JOBS: &str = "SELECT name, plan, tags, holds, places, interruptible, retry, no_rerun, trusted_only \
     FROM jobs WHERE pipeline_id = ? AND active = 1 ORDER BY place";

const INPUTS: &str = "SELECT jobs.name, job_inputs.name, job_inputs.resource_id, triggers, passed, latest, pin \
     FROM jobs JOIN job_inputs ON job_inputs.job_id = jobs.id \
     WHERE jobs.pipeline_id = ? AND jobs.active = 1 ORDER BY jobs.place, job_inputs.place";

const RESOURCES: &str = "SELECT name, check_id, schedule, space_key, untrusted_key, on_demand, stream \
     FROM resources WHERE pipeline_id = ? AND active = 1 ORDER BY place";

/// The SHA-256, in hex, over the rows of what is in the pipeline now.
pub(super) fn of(db: &Db, pipeline: &PipelineId) -> Result<String, StoreError> {
    let mut text = String::new();
    for sql in [JOBS, INPUTS, RESOURCES] {
        let rows = db.rows(sql, values![pipeline.as_str()], |row| row.whole())?;
        text.push_str(&format!("{}\n", rows.len()));
        rows.iter().for_each(|row| text.push_str(row));
    }
    Ok(hex(text.as_bytes()))
}
