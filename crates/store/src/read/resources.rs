//! Resources and their versions.

use crate::db::{Db, Row, Value, values};
use crate::facts;
use crate::{Store, StoreError};
use pikoci_engine::checks::NEVER_MS;
use pikoci_plan::Schedule;
use pikoci_plan::id::{CheckId, PipelineId, ResourceId};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// A resource of a pipeline's current revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// Its name, `type.name`.
    pub name: String,
    /// Its check; `None` for a type without one.
    pub check: Option<CheckId>,
    /// When it is checked, or when a schedule makes its versions, as text of the language.
    pub schedule: Option<String>,
    /// The pause between two checks, where it is always the same.
    pub interval_ms: Option<u64>,
    /// Whether it is a schedule: it needs no worker.
    pub tick: bool,
    /// Whether it is checked only when a build needs it.
    pub on_demand: bool,
    /// Whether it is being checked now.
    pub checking: bool,
    /// How many checks were begun.
    pub check_number: u64,
    /// When the newest check began (milliseconds since 1970).
    pub started_ms: Option<u64>,
    /// When the newest check ended (milliseconds since 1970).
    pub checked_ms: Option<u64>,
    /// When the next check is due (milliseconds since 1970); `None` where none is.
    pub due_ms: Option<u64>,
    /// Why the newest check found nothing.
    pub check_error: Option<String>,
    /// How many checks have failed since the last that did not.
    pub failures: u64,
    /// Since when they fail (milliseconds since 1970).
    pub failing_since_ms: Option<u64>,
    /// The stream that it shares with resources of other pipelines.
    pub stream: Option<String>,
    /// What somebody holds it at.
    pub pin: Option<PinRow>,
    /// The newest version.
    pub newest: Option<VersionRow>,
}

/// What somebody holds a resource at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRow {
    /// The version.
    pub version: VersionRow,
    /// Who does.
    pub by: String,
    /// Why, in their words.
    pub comment: Option<String>,
    /// Since when (milliseconds since 1970).
    pub at_ms: u64,
}

/// A version of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The row's id.
    pub id: String,
    /// Its place in the resource's order.
    pub order: u64,
    /// The line of work that it belongs to; mostly the empty one.
    pub space: String,
    /// Whether it comes from outside.
    pub untrusted: bool,
    /// The version, metadata included.
    pub version: Version,
    /// When it was first found (milliseconds since 1970).
    pub created_ms: u64,
}

/// Which versions of a resource a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// Only those of this line of work.
    pub space: Option<String>,
    /// Only those below this place.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

const VERSION: &str = "versions.id, versions.place, versions.space, versions.untrusted, versions.data, \
     versions.created_ms";

impl Store {
    /// The resources of a pipeline in file order, or the one of that name (`type.name`).
    pub fn resources(&self, pipeline: &PipelineId, name: Option<&str>) -> Result<Vec<Resource>, StoreError> {
        let db = self.reader();
        let mut found = db.rows(
            "SELECT resources.id, resources.name, checks.id, checks.schedule, checks.tick, resources.on_demand, \
             checks.running, checks.number, checks.ended_ms, checks.due_ms, checks.error, checks.failures, \
             checks.failing_since_ms, resources.stream, checks.started_ms \
             FROM resources LEFT JOIN checks ON checks.id = resources.check_id \
             WHERE resources.pipeline_id = ? AND resources.active = 1 AND (? IS NULL OR resources.name = ?) \
             ORDER BY resources.place",
            values![pipeline.as_str(), name, name],
            resource,
        )?;
        for resource in &mut found {
            resource.newest = versions(&db, &resource.id, None, 1)?.pop();
            resource.pin = pin(&db, &resource.id)?;
        }
        Ok(found)
    }

    /// Versions of a resource, newest first, below the place `before`.
    pub fn versions(
        &self,
        resource: &ResourceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<VersionRow>, StoreError> {
        versions(&self.reader(), resource, before, limit)
    }

    /// The versions of a page, newest first.
    pub fn versions_of(
        &self,
        resource: &ResourceId,
        page: &VersionPage,
    ) -> Result<Vec<VersionRow>, StoreError> {
        let Some(space) = &page.space else { return self.versions(resource, page.before, page.limit) };
        let before = page.before.map_or(Value::Int(i64::MAX), Value::from);
        self.reader().rows(
            &format!(
                "SELECT {VERSION} FROM versions WHERE resource_id = ? AND space = ? AND place < ? \
                 ORDER BY place DESC LIMIT ?"
            ),
            &[resource.as_str().into(), space.into(), before, page.limit.into()],
            version,
        )
    }

    /// The newest version of a resource that has all of these keys and values; where they do not name one whole it is looked for
    /// among the newest 10,000.
    pub fn find_version(
        &self,
        resource: &ResourceId,
        wanted: &BTreeMap<String, String>,
    ) -> Result<Option<VersionRow>, StoreError> {
        let db = self.reader();
        let Some(found) = facts::pins::by_keys(&db, resource, wanted)? else { return Ok(None) };
        db.row(&format!("SELECT {VERSION} FROM versions WHERE id = ?"), values![found.id.as_str()], version)
    }

    /// Whether the run `number` of a check, or a later one, has ended; one that was lost with its worker has not. A check
    /// that nobody uses any more has.
    pub fn check_has_ended(&self, check: &CheckId, number: u64) -> Result<bool, StoreError> {
        let awaited = self.reader().row(
            "SELECT id FROM checks WHERE id = ? AND ended < ? AND (active = 1 OR running = 1)",
            values![check.as_str(), number],
            |row| row.text(0),
        )?;
        Ok(awaited.is_none())
    }
}

fn resource(row: &Row<'_>) -> Result<Resource, StoreError> {
    let is = |column| row.opt_int(column).map(|flag| flag.is_some_and(|flag| flag != 0));
    let schedule = row.opt_text(3)?;
    Ok(Resource {
        id: ResourceId(row.text(0)?),
        name: row.text(1)?,
        check: row.opt_text(2)?.map(CheckId),
        interval_ms: schedule.as_deref().and_then(|text| Schedule::parse(text).ok()?.every_ms()),
        schedule,
        tick: is(4)?,
        on_demand: is(5)?,
        checking: is(6)?,
        check_number: row.opt_int(7)?.unwrap_or_default(),
        checked_ms: row.opt_int(8)?,
        due_ms: row.opt_int(9)?.filter(|due| *due != NEVER_MS),
        check_error: row.opt_text(10)?,
        failures: row.opt_int(11)?.unwrap_or_default(),
        failing_since_ms: row.opt_int(12)?,
        stream: row.opt_text(13)?,
        started_ms: row.opt_int(14)?,
        pin: None,
        newest: None,
    })
}

fn pin(db: &Db, resource: &ResourceId) -> Result<Option<PinRow>, StoreError> {
    db.row(
        &format!(
            "SELECT {VERSION}, resources.pin_by, resources.pin_comment, resources.pin_ms FROM resources \
             JOIN versions ON versions.id = resources.pin_version_id WHERE resources.id = ?"
        ),
        values![resource.as_str()],
        |row| {
            Ok(PinRow {
                version: version(row)?,
                by: row.opt_text(6)?.unwrap_or_default(),
                comment: row.opt_text(7)?,
                at_ms: row.opt_int(8)?.unwrap_or_default(),
            })
        },
    )
}

fn version(row: &Row<'_>) -> Result<VersionRow, StoreError> {
    Ok(VersionRow {
        id: row.text(0)?,
        order: row.int(1)?,
        space: row.text(2)?,
        untrusted: row.flag(3)?,
        version: row.json(4)?,
        created_ms: row.int(5)?,
    })
}

fn versions(
    db: &Db,
    resource: &ResourceId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<VersionRow>, StoreError> {
    let before = before.map_or(Value::Int(i64::MAX), Value::from);
    db.rows(
        &format!(
            "SELECT {VERSION} FROM versions WHERE resource_id = ? AND place < ? ORDER BY place DESC LIMIT ?"
        ),
        &[resource.as_str().into(), before, limit.into()],
        version,
    )
}
