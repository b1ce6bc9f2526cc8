//! Pipelines, jobs, resources and versions.

use crate::db::{Db, Row, Value, values};
use crate::{Store, StoreError};
use pikoci_plan::id::{BuildId, CheckId, JobId, PipelineId, ResourceId};
use pikoci_plan::version::Version;

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// The team's name.
    pub team: String,
    /// Its name.
    pub name: String,
    /// The number of its current revision.
    pub revision: u64,
    /// The names of its jobs, in file order.
    pub jobs: Vec<String>,
    /// The names of its resources (`type.name`), in file order.
    pub resources: Vec<String>,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// A job of a pipeline's current revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its gets: step, resource, whether it triggers, `passed`.
    pub inputs: Vec<(String, String, bool, Vec<String>)>,
    /// How many of its builds are pending.
    pub pending: u64,
    /// How many of its builds are running.
    pub running: u64,
    /// Its newest build.
    pub last_build: Option<BuildId>,
}

/// A resource of a pipeline's current revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// Its name, `type.name`.
    pub name: String,
    /// Its check; `None` for a type without one.
    pub check: Option<CheckId>,
    /// The pause between two checks.
    pub interval_ms: Option<u64>,
    /// Whether it is being checked now.
    pub checking: bool,
    /// How many checks were begun.
    pub check_number: u64,
    /// When the newest check ended (milliseconds since 1970).
    pub checked_ms: Option<u64>,
    /// Why the newest check found nothing.
    pub check_error: Option<String>,
    /// The newest version.
    pub newest: Option<VersionRow>,
}

/// A version of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Its place in the resource's order.
    pub order: u64,
    /// The version, metadata included.
    pub version: Version,
    /// When it was first found (milliseconds since 1970).
    pub created_ms: u64,
}

impl Store {
    /// All pipelines of a team by name.
    pub fn pipelines(&self, team: &str) -> Result<Vec<Pipeline>, StoreError> {
        let db = self.reader();
        let sql = "SELECT id, team, name, revision, created_ms FROM pipelines WHERE team = ? ORDER BY name";
        let found = db.rows(sql, values![team], pipeline)?;
        found.into_iter().map(|pipeline| with_names(&db, pipeline)).collect()
    }

    /// A pipeline by name.
    pub fn pipeline(&self, team: &str, name: &str) -> Result<Option<Pipeline>, StoreError> {
        let db = self.reader();
        let sql = "SELECT id, team, name, revision, created_ms FROM pipelines WHERE team = ? AND name = ?";
        db.row(sql, values![team, name], pipeline)?.map(|pipeline| with_names(&db, pipeline)).transpose()
    }

    /// The jobs of a pipeline in file order, or the one of that name.
    pub fn jobs(&self, pipeline: &PipelineId, name: Option<&str>) -> Result<Vec<Job>, StoreError> {
        let db = self.reader();
        let jobs = db.rows(
            "SELECT id, name FROM jobs WHERE pipeline_id = ? AND active = 1 AND (? IS NULL OR name = ?) \
             ORDER BY place",
            values![pipeline.as_str(), name, name],
            |row| Ok((JobId(row.text(0)?), row.text(1)?)),
        )?;
        jobs.into_iter().map(|(id, name)| job(&db, id, name)).collect()
    }

    /// The resources of a pipeline in file order, or the one of that name (`type.name`).
    pub fn resources(&self, pipeline: &PipelineId, name: Option<&str>) -> Result<Vec<Resource>, StoreError> {
        let db = self.reader();
        let mut found = db.rows(
            "SELECT resources.id, resources.name, checks.id, checks.interval_ms, checks.running, checks.number, \
             checks.ended_ms, checks.error FROM resources LEFT JOIN checks ON checks.id = resources.check_id \
             WHERE resources.pipeline_id = ? AND resources.active = 1 AND (? IS NULL OR resources.name = ?) \
             ORDER BY resources.place",
            values![pipeline.as_str(), name, name],
            resource,
        )?;
        for resource in &mut found {
            resource.newest = versions(&db, &resource.id, None, 1)?.pop();
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

    /// Whether the run `number` of a check, or a later one, has ended.
    pub fn check_has_ended(&self, check: &CheckId, number: u64) -> Result<bool, StoreError> {
        let state = self.reader().row(
            "SELECT number, running FROM checks WHERE id = ?",
            values![check.as_str()],
            |row| Ok((row.int(0)?, row.flag(1)?)),
        )?;
        Ok(state.is_none_or(|(now, running)| now > number || (now == number && !running)))
    }

    /// A plan by its hash.
    pub fn plan(&self, hash: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reader().row("SELECT data FROM plans WHERE hash = ?", values![hash], |row| row.blob(0))
    }
}

fn pipeline(row: &Row<'_>) -> Result<Pipeline, StoreError> {
    Ok(Pipeline {
        id: PipelineId(row.text(0)?),
        team: row.text(1)?,
        name: row.text(2)?,
        revision: row.int(3)?,
        jobs: Vec::new(),
        resources: Vec::new(),
        created_ms: row.int(4)?,
    })
}

fn with_names(db: &Db, mut pipeline: Pipeline) -> Result<Pipeline, StoreError> {
    let names = |table| {
        db.rows(
            &format!("SELECT name FROM {table} WHERE pipeline_id = ? AND active = 1 ORDER BY place"),
            values![pipeline.id.as_str()],
            |row| row.text(0),
        )
    };
    let (jobs, resources) = (names("jobs")?, names("resources")?);
    pipeline.jobs = jobs;
    pipeline.resources = resources;
    Ok(pipeline)
}

fn job(db: &Db, id: JobId, name: String) -> Result<Job, StoreError> {
    let count = |status: &str| {
        db.row(
            "SELECT COUNT(*) FROM builds WHERE job_id = ? AND status = ?",
            values![id.as_str(), status],
            |row| row.int(0),
        )
        .map(Option::unwrap_or_default)
    };
    let inputs = db.rows(
        "SELECT job_inputs.name, resources.name, job_inputs.triggers, job_inputs.passed FROM job_inputs \
         JOIN resources ON resources.id = job_inputs.resource_id WHERE job_inputs.job_id = ? \
         ORDER BY job_inputs.place",
        values![id.as_str()],
        |row| Ok((row.text(0)?, row.text(1)?, row.flag(2)?, row.json(3)?)),
    )?;
    let (pending, running) = (count("pending")?, count("running")?);
    let last_build = db.row(
        "SELECT id FROM builds WHERE job_id = ? ORDER BY number DESC LIMIT 1",
        values![id.as_str()],
        |row| Ok(BuildId(row.text(0)?)),
    )?;
    Ok(Job { id, name, inputs, pending, running, last_build })
}

fn resource(row: &Row<'_>) -> Result<Resource, StoreError> {
    Ok(Resource {
        id: ResourceId(row.text(0)?),
        name: row.text(1)?,
        check: row.opt_text(2)?.map(CheckId),
        interval_ms: row.opt_int(3)?,
        checking: row.opt_int(4)?.is_some_and(|running| running != 0),
        check_number: row.opt_int(5)?.unwrap_or_default(),
        checked_ms: row.opt_int(6)?,
        check_error: row.opt_text(7)?,
        newest: None,
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
        "SELECT place, data, created_ms FROM versions WHERE resource_id = ? AND place < ? \
         ORDER BY place DESC LIMIT ?",
        &[resource.as_str().into(), before, limit.into()],
        |row| Ok(VersionRow { order: row.int(0)?, version: row.json(1)?, created_ms: row.int(2)? }),
    )
}
