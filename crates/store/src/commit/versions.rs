//! Versions of a resource, in their order.

use super::raise;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_plan::id::{JobId, ResourceId};
use pikoci_plan::version::Version;

/// Versions as they were found or made, oldest first.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) versions: &'a [Version],
    /// Whether this is all that is there now: not if it may have changed since somebody looked.
    pub(super) settles: bool,
}

/// What storing versions changed.
#[derive(Default)]
pub(super) struct News {
    /// The jobs whose decision reads what was stored.
    pub(super) due: Vec<JobId>,
    /// Those that the first of the resources did not have.
    pub(super) new_versions: Vec<Version>,
}

/// Stores versions for several resources, and makes the jobs due that read them.
pub(super) fn store_all(
    db: &Db,
    resources: &[ResourceId],
    found: Found<'_>,
    at_ms: u64,
) -> Result<News, StoreError> {
    let mut news = News::default();
    for resource in resources {
        let stored = store(db, resource, found, at_ms)?;
        if stored.changed {
            news.due.extend(raise_readers(db, resource)?);
        }
        if news.new_versions.is_empty() {
            news.new_versions = stored.new;
        }
    }
    Ok(news)
}

/// What storing an array of versions changed.
pub(super) struct Stored {
    /// Those that were not known.
    pub(super) new: Vec<Version>,
    /// Whether anything was stored or moved.
    pub(super) changed: bool,
}

/// Stores what was found of a resource.
///
/// An array that holds a new version is numbered anew as a whole. A known version that is the whole output becomes the
/// newest again (a force-push back), if that is settled. Otherwise nothing changes.
pub(super) fn store(
    db: &Db,
    resource: &ResourceId,
    Found { versions: found, settles }: Found<'_>,
    at_ms: u64,
) -> Result<Stored, StoreError> {
    let mut last = last_order(db, resource)?;
    let known = found.iter().map(|version| place(db, resource, version)).collect::<Result<Vec<_>, _>>()?;
    let moved_back = settles && matches!(known[..], [Some(place)] if place < last);
    if known.iter().all(Option::is_some) && !moved_back {
        return Ok(Stored { new: Vec::new(), changed: false });
    }
    let mut new = Vec::new();
    for (version, known) in found.iter().zip(&known) {
        last += 1;
        if known.is_some() {
            db.execute(
                "UPDATE versions SET place = ? WHERE resource_id = ? AND identity = ?",
                values![last, resource.as_str(), &version.identity()],
            )?;
        } else if insert(db, resource, version, last, at_ms)? {
            new.push(version.clone());
        }
    }
    db.execute("UPDATE resources SET last_order = ? WHERE id = ?", values![last, resource.as_str()])?;
    Ok(Stored { new, changed: true })
}

/// Adds a version at a place. False if the array named it twice.
fn insert(
    db: &Db,
    resource: &ResourceId,
    version: &Version,
    place: u64,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let identity = version.identity();
    let data = serde_json::to_string(version).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let inserted = db.execute(
        "INSERT INTO versions (id, resource_id, identity, place, data, created_ms) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT DO NOTHING",
        values![id(resource, &identity).as_str(), resource.as_str(), &identity, place, data.as_str(), at_ms],
    )?;
    Ok(inserted > 0)
}

/// The id of a version's row: 26 characters that follow from what it is a version of.
pub(super) fn id(resource: &ResourceId, identity: &[u8; 32]) -> String {
    let own = Version::from([("resource", resource.as_str())]).identity();
    own.iter().zip(identity).take(13).map(|(own, identity)| format!("{:02x}", own ^ identity)).collect()
}

fn last_order(db: &Db, resource: &ResourceId) -> Result<u64, StoreError> {
    let last =
        db.row("SELECT last_order FROM resources WHERE id = ?", values![resource.as_str()], |row| {
            row.int(0)
        })?;
    Ok(last.unwrap_or(0))
}

fn place(db: &Db, resource: &ResourceId, version: &Version) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT place FROM versions WHERE resource_id = ? AND identity = ?",
        values![resource.as_str(), &version.identity()],
        |row| row.int(0),
    )
}

/// Makes the jobs due whose decision reads the versions of a resource.
fn raise_readers(db: &Db, resource: &ResourceId) -> Result<Vec<JobId>, StoreError> {
    let jobs = db.rows(
        "SELECT DISTINCT job_inputs.job_id FROM job_inputs JOIN jobs ON jobs.id = job_inputs.job_id \
         WHERE job_inputs.resource_id = ? AND jobs.active = 1 ORDER BY job_inputs.job_id",
        values![resource.as_str()],
        |row| Ok(JobId(row.text(0)?)),
    )?;
    jobs.iter().try_for_each(|job| raise(db, job))?;
    Ok(jobs)
}
