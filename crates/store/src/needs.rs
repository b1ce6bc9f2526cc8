//! What a build waits for before its versions are chosen: runs of the checks of resources that are looked at only when a
//! build needs them.

use crate::StoreError;
use crate::db::{Db, values};
use pikoci_plan::id::{CheckId, ResourceId};
use std::collections::BTreeMap;

/// By resource: its check, and the number of the run of it that is waited for.
pub(crate) type Needs = BTreeMap<ResourceId, (CheckId, u64)>;

/// A resource whose check has not succeeded since it was asked for.
pub(crate) struct Unmet {
    pub(crate) resource: ResourceId,
    /// `type.name`.
    pub(crate) name: String,
}

/// Those that are still waited for. One whose resource is gone, or has that check no more, is not.
pub(crate) fn unmet(db: &Db, needs: &Needs) -> Result<Vec<Unmet>, StoreError> {
    let mut unmet = Vec::new();
    for (resource, (check, number)) in needs {
        let name = db.row(
            "SELECT resources.name FROM resources JOIN checks ON checks.id = resources.check_id \
             WHERE resources.id = ? AND resources.active = 1 AND checks.id = ? \
             AND checks.succeeded < ?",
            values![resource.as_str(), check.as_str(), *number],
            |row| row.text(0),
        )?;
        unmet.extend(name.map(|name| Unmet { resource: resource.clone(), name }));
    }
    Ok(unmet)
}
