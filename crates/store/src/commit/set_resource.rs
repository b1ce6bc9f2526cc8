//! A resource of a revision.

use super::versions::{self, Found};
use super::{ids, set_check};
use crate::StoreError;
use crate::db::{Db, values};
use crate::facts::versions::newest_of_spaces;
use pikoci_engine::part::ResourceSpec;
use pikoci_plan::id::{CheckId, PipelineId, ResourceId};

/// How many spaces a resource that joins others begins with.
const MOST_SPACES: usize = 100;

/// Sets a resource. One that has no versions begins with the newest of each space that those know that are the same
/// outside.
pub(super) fn set(
    db: &Db,
    (pipeline, place): (&PipelineId, usize),
    spec: &ResourceSpec,
    at_ms: u64,
) -> Result<(), StoreError> {
    let check = spec.check.as_ref().map(|check| set_check::set(db, check)).transpose()?;
    let check = check.as_ref().map(CheckId::as_str);
    let key = (pipeline.as_str(), spec.name.as_str());
    db.execute(
        "INSERT INTO resources (id, pipeline_id, name, place, active, last_order) VALUES (?, ?, ?, ?, 1, 0) \
         ON CONFLICT DO NOTHING",
        values![spec.id.as_str(), key.0, key.1, place],
    )?;
    let schedule = spec.check.as_ref().map(|check| check.schedule.to_string()).unwrap_or_default();
    db.execute(
        "UPDATE resources SET place = ?, active = 1, check_id = ?, schedule = ?, space_key = ?, untrusted_key = ?, \
         on_demand = ?, stream = ? WHERE pipeline_id = ? AND name = ?",
        values![
            place,
            check,
            schedule.as_str(),
            &spec.space,
            &spec.untrusted,
            spec.on_demand,
            &spec.stream,
            key.0,
            key.1,
        ],
    )?;
    join(db, &id(db, pipeline, &spec.name)?, at_ms)
}

/// The id of a resource by its name.
pub(super) fn id(db: &Db, pipeline: &PipelineId, name: &str) -> Result<ResourceId, StoreError> {
    let id = db.row(
        "SELECT id FROM resources WHERE pipeline_id = ? AND name = ?",
        values![pipeline.as_str(), name],
        |row| row.text(0),
    )?;
    id.map(Into::into).ok_or_else(|| StoreError::Corrupt(format!("a job gets {name}, which is not there")))
}

/// Gives a resource without versions the newest of each space of one that is the same outside.
fn join(db: &Db, resource: &ResourceId, at_ms: u64) -> Result<(), StoreError> {
    let versions_of = values![resource.as_str()];
    let empty: Vec<String> =
        ids(db, "SELECT id FROM resources WHERE id = ? AND last_order = 0", versions_of)?;
    let knows = versions::same_outside(db, resource)?.into_iter().find(|same| same.has_versions);
    let (false, Some(same)) = (empty.is_empty(), knows) else { return Ok(()) };
    let mut newest = newest_of_spaces(db, &same.id, false, MOST_SPACES)?;
    newest.sort_by_key(|stored| stored.order);
    for stored in &newest {
        let versions = std::slice::from_ref(&stored.version);
        let found = Found { versions, settles: false, untrusted: stored.untrusted };
        versions::store(db, resource, found, at_ms)?;
    }
    Ok(())
}
