//! Versions of a resource, in their order.

use super::{raise, take};
use crate::StoreError;
use crate::db::{Db, values};
use crate::facts::inputs::taken;
use pikoci_plan::id::{JobId, ResourceId};
use pikoci_plan::version::Version;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Versions as they were found or made, oldest first.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) versions: &'a [Version],
    /// Whether this is all that is there now: not if it may have changed since somebody looked.
    pub(super) settles: bool,
    /// Whether all of them come from outside, whatever they say of themselves.
    pub(super) untrusted: bool,
}

/// The longest name of a space that is kept as it is.
const SPACE_CHARACTERS: usize = 190;

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
    Found { versions: found, settles, untrusted }: Found<'_>,
    at_ms: u64,
) -> Result<Stored, StoreError> {
    let mut of = of(db, resource)?;
    of.all_untrusted = untrusted;
    let mut last = of.last_order;
    let known = found.iter().map(|version| place(db, resource, version)).collect::<Result<Vec<_>, _>>()?;
    let moved_back = matches!(known[..], [Some(place)] if place < last);
    // Where a put was quicker than a check: what is told once all is settled is the order.
    let disordered = !known.is_sorted();
    if known.iter().all(Option::is_some) && !(settles && (moved_back || disordered)) {
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
        } else if insert(db, &of, version, last, at_ms)? {
            new.push(version.clone());
        }
    }
    db.execute("UPDATE resources SET last_order = ? WHERE id = ?", values![last, resource.as_str()])?;
    if known.iter().flatten().any(|place| *place < of.last_order) {
        let moved: Vec<_> = found
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_some())
            .map(|(version, _)| version)
            .collect();
        follow(db, &of, &moved)?;
    }
    Ok(Stored { new, changed: true })
}

/// Known versions, these, have moved above others: what a job has taken of a space may have another newest now, which is
/// its mark.
fn follow(db: &Db, of: &Of<'_>, moved: &[&Version]) -> Result<(), StoreError> {
    let readers = db.rows(
        "SELECT job_id, name FROM job_inputs WHERE resource_id = ? ORDER BY job_id, name",
        values![of.id.as_str()],
        |row| Ok((JobId(row.text(0)?), row.text(1)?)),
    )?;
    for (job, name) in &readers {
        let mut spaces = BTreeSet::new();
        for version in moved.iter().rev() {
            let (space, id) = (of.space(version), id(of.id, &version.identity()));
            if !spaces.contains(&space) && taken(db, job, name, &id)? {
                take::move_up(db, (job, name, of.id), &id)?;
                spaces.insert(space);
            }
        }
    }
    Ok(())
}

/// A resource, as far as its versions are read by it.
struct Of<'a> {
    id: &'a ResourceId,
    last_order: u64,
    space_key: Option<String>,
    untrusted_key: Option<String>,
    all_untrusted: bool,
}

fn of<'a>(db: &Db, id: &'a ResourceId) -> Result<Of<'a>, StoreError> {
    let found = db.row(
        "SELECT last_order, space_key, untrusted_key FROM resources WHERE id = ?",
        values![id.as_str()],
        |row| {
            let (last_order, space_key) = (row.int(0)?, row.opt_text(1)?);
            Ok(Of { id, last_order, space_key, untrusted_key: row.opt_text(2)?, all_untrusted: false })
        },
    )?;
    found.ok_or_else(|| StoreError::Corrupt(format!("resource {id} is gone")))
}

impl Of<'_> {
    /// The line of work that a version belongs to.
    fn space(&self, version: &Version) -> String {
        let space = self.space_key.as_deref().and_then(|key| version.get(key)).unwrap_or_default();
        if space.chars().count() <= SPACE_CHARACTERS { space.to_owned() } else { hex(space.as_bytes()) }
    }

    /// Whether a version comes from outside.
    fn is_untrusted(&self, version: &Version) -> bool {
        let says = self.untrusted_key.as_deref().and_then(|key| version.get(key));
        self.all_untrusted || says == Some("true")
    }
}

/// The SHA-256 in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a version at a place. False if the array named it twice.
fn insert(db: &Db, of: &Of<'_>, version: &Version, place: u64, at_ms: u64) -> Result<bool, StoreError> {
    let identity = version.identity();
    let data = serde_json::to_string(version).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let inserted = db.execute(
        "INSERT INTO versions (id, resource_id, identity, place, data, created_ms, space, untrusted) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        values![
            id(of.id, &identity).as_str(),
            of.id.as_str(),
            &identity,
            place,
            data.as_str(),
            at_ms,
            of.space(version).as_str(),
            of.is_untrusted(version),
        ],
    )?;
    Ok(inserted > 0)
}

/// The id of a version's row: 26 characters that follow from what it is a version of.
pub(super) fn id(resource: &ResourceId, identity: &[u8; 32]) -> String {
    let own = Version::from([("resource", resource.as_str())]).identity();
    own.iter().zip(identity).take(13).map(|(own, identity)| format!("{:02x}", own ^ identity)).collect()
}

fn place(db: &Db, resource: &ResourceId, version: &Version) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT place FROM versions WHERE resource_id = ? AND identity = ?",
        values![resource.as_str(), &version.identity()],
        |row| row.int(0),
    )
}

/// A resource that is the same outside as another.
pub(super) struct Same {
    pub(super) id: ResourceId,
    pub(super) active: bool,
    pub(super) has_versions: bool,
}

/// The resources that share the check of one, or its stream: the same name in the same team. Those that are in use come
/// first, then those that know most.
pub(super) fn same_outside(db: &Db, resource: &ResourceId) -> Result<Vec<Same>, StoreError> {
    db.rows(
        "SELECT other.id, other.active, other.last_order FROM resources AS one \
         JOIN resources AS other ON other.check_id = one.check_id AND other.id <> one.id WHERE one.id = ? \
         UNION SELECT other.id, other.active, other.last_order FROM resources AS one \
         JOIN pipelines AS home ON home.id = one.pipeline_id \
         JOIN resources AS other ON other.stream = one.stream AND other.id <> one.id \
         JOIN pipelines ON pipelines.id = other.pipeline_id AND pipelines.team = home.team WHERE one.id = ? \
         ORDER BY 2 DESC, 3 DESC",
        values![resource.as_str(), resource.as_str()],
        |row| Ok(Same { id: ResourceId(row.text(0)?), active: row.flag(1)?, has_versions: row.int(2)? > 0 }),
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
