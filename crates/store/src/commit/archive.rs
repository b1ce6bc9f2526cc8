//! A pipeline is archived.

use super::{brake, cancel, ids, pipeline, set_check};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::CancelWish;
use pikoci_engine::part::Applied;
use pikoci_plan::id::{BuildId, PipelineId};
use pikoci_plan::status::Outcome;

/// Takes a pipeline out of use: no builds and no checks any more; its history stays.
pub(super) fn archive(db: &Db, id: &PipelineId, by: &str, at_ms: u64) -> Result<Applied, StoreError> {
    let archived = db.execute(
        "UPDATE pipelines SET archived_ms = ? WHERE id = ? AND archived_ms IS NULL",
        values![at_ms, id.as_str()],
    )?;
    if archived == 0 {
        return Ok(Applied::Missed);
    }
    for table in ["jobs", "resources"] {
        db.execute(&format!("UPDATE {table} SET active = 0 WHERE pipeline_id = ?"), values![id.as_str()])?;
    }
    brake(db, "pipeline_id = ?", id.as_str())?;
    set_check::settle(db, &pipeline::checks(db, id)?, at_ms)?;
    end_builds(db, id, by, at_ms).map(Applied::Touched)
}

/// Ends what is pending, and wishes for the end of what runs. The builds that it changed.
fn end_builds(db: &Db, id: &PipelineId, by: &str, at_ms: u64) -> Result<Vec<BuildId>, StoreError> {
    let why = if by.is_empty() { "pipeline archived".into() } else { format!("pipeline archived by {by}") };
    let open: Vec<BuildId> = ids(
        db,
        "SELECT builds.id FROM jobs JOIN builds ON builds.job_id = jobs.id \
         AND builds.status IN ('pending', 'running') WHERE jobs.pipeline_id = ? ORDER BY builds.id",
        values![id.as_str()],
    )?;
    let mut touched = Vec::with_capacity(open.len());
    for build in open {
        if cancel::end_pending(db, &build, Outcome::Cancelled, &why, at_ms)?
            || cancel::wish_for(db, &build, CancelWish::Cancel, &why)?
        {
            touched.push(build);
        }
    }
    Ok(touched)
}
