//! Jobs and pipelines are paused, and go on.

use super::{brake, catch_up};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::Paused;

/// Pauses a job or a pipeline, or lets it go on. False if it is gone, or is so already.
pub(super) fn pause(db: &Db, of: &Paused, paused: bool) -> Result<bool, StoreError> {
    let (table, is_there, jobs, id) = match of {
        Paused::Pipeline(id) => ("pipelines", "archived_ms IS NULL", "pipeline_id = ?", id.as_str()),
        Paused::Job(id) => ("jobs", "active = 1", "id = ?", id.as_str()),
    };
    let sql = format!("UPDATE {table} SET paused = ? WHERE id = ? AND paused <> ? AND {is_there}");
    let changed = db.execute(&sql, values![paused, id, paused])? > 0;
    if changed {
        catch_up(db, jobs, id)?;
        brake(db, jobs, id)?;
    }
    Ok(changed)
}
