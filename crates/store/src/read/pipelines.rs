//! Pipelines, and plans.

use crate::db::{Db, Row, values};
use crate::{Store, StoreError};
use pikoci_plan::id::PipelineId;

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
    /// Who set that; empty where it is not known.
    pub set_by: String,
    /// When that was set (milliseconds since 1970).
    pub set_ms: u64,
    /// The SHA-256, in hex, of what a server set last from its own disk.
    pub config_hash: Option<String>,
    /// Whether it is paused.
    pub paused: bool,
    /// When it was archived (milliseconds since 1970); `None` while it is in use.
    pub archived_ms: Option<u64>,
    /// The names of its jobs, in file order; none once it is archived.
    pub jobs: Vec<String>,
    /// The names of its resources (`type.name`), in file order; none once it is archived.
    pub resources: Vec<String>,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

const PIPELINES: &str = "SELECT pipelines.id, team, name, pipelines.revision, revisions.set_by, revisions.created_ms, \
     config_hash, paused, archived_ms, pipelines.created_ms FROM pipelines \
     LEFT JOIN revisions ON revisions.pipeline_id = pipelines.id AND revisions.number = pipelines.revision";

impl Store {
    /// The pipelines of a team that are in use, by name.
    pub fn pipelines(&self, team: &str) -> Result<Vec<Pipeline>, StoreError> {
        self.pipelines_where(team, "archived_ms IS NULL")
    }

    /// The pipelines of a team that are archived, by name.
    pub fn archived_pipelines(&self, team: &str) -> Result<Vec<Pipeline>, StoreError> {
        self.pipelines_where(team, "archived_ms IS NOT NULL")
    }

    fn pipelines_where(&self, team: &str, condition: &str) -> Result<Vec<Pipeline>, StoreError> {
        let db = self.reader();
        let sql = format!("{PIPELINES} WHERE team = ? AND {condition} ORDER BY name");
        let found = db.rows(&sql, values![team], pipeline)?;
        found.into_iter().map(|pipeline| with_names(&db, pipeline)).collect()
    }

    /// A pipeline by name, also one that is archived.
    pub fn pipeline(&self, team: &str, name: &str) -> Result<Option<Pipeline>, StoreError> {
        let db = self.reader();
        let sql = format!("{PIPELINES} WHERE team = ? AND name = ?");
        db.row(&sql, values![team, name], pipeline)?.map(|pipeline| with_names(&db, pipeline)).transpose()
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
        set_by: row.opt_text(4)?.unwrap_or_default(),
        set_ms: row.opt_int(5)?.unwrap_or_default(),
        config_hash: row.opt_text(6)?,
        paused: row.flag(7)?,
        archived_ms: row.opt_int(8)?,
        jobs: Vec::new(),
        resources: Vec::new(),
        created_ms: row.int(9)?,
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
