//! What one wants to see first: what is red, fails, rests, waits and runs.

use super::Build;
use super::builds::{COLUMNS, TABLES, build};
use crate::db::{Db, values};
use crate::{Store, StoreError};
use pikoci_plan::id::BuildId;

/// What one wants to see first. Costs what there is to see, and one look-up for each job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The jobs whose newest build that has ended did not succeed: that build, and since when.
    pub red: Vec<Red>,
    /// Pending builds, oldest first.
    pub waiting: Vec<Build>,
    /// Running builds, oldest first.
    pub running: Vec<Build>,
    /// Resources whose checks fail.
    pub failing_checks: Vec<FailingCheck>,
    /// Pipelines and jobs that rest.
    pub paused: Vec<PausedThing>,
}

/// A job whose newest build that has ended did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Red {
    /// That build.
    pub build: Build,
    /// When the first build since the last that succeeded ended (milliseconds since 1970).
    pub since_ms: Option<u64>,
}

/// A resource whose check fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingCheck {
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The resource, `type.name`.
    pub resource: String,
    /// What the check said.
    pub error: String,
    /// Since when (milliseconds since 1970).
    pub since_ms: Option<u64>,
}

/// A pipeline, or a job of one, that rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedThing {
    /// The team's name.
    pub team: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's name; `None` is the whole pipeline.
    pub job: Option<String>,
}

/// The states of a build that ended badly.
const BAD: &str = "('failed', 'errored')";

impl Store {
    /// What one wants to see first, at most `limit` of each kind.
    pub fn overview(&self, limit: usize) -> Result<Overview, StoreError> {
        self.reader().snapshot(|db| {
            Ok(Overview {
                red: red(db, limit)?,
                waiting: in_state(db, "pending", limit)?,
                running: in_state(db, "running", limit)?,
                failing_checks: failing_checks(db, limit)?,
                paused: paused(db, limit)?,
            })
        })
    }
}

fn in_state(db: &Db, status: &str, limit: usize) -> Result<Vec<Build>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.status = ? ORDER BY builds.id LIMIT ?");
    db.rows(&sql, values![status, limit], build)
}

fn red(db: &Db, limit: usize) -> Result<Vec<Red>, StoreError> {
    // Builds that somebody cancelled say nothing of the job.
    let newest: Vec<(BuildId, Option<u64>)> = db.rows(
        &format!(
            "SELECT newest.id, (SELECT MIN(ended_ms) FROM builds WHERE builds.job_id = jobs.id AND status IN {BAD} \
             AND builds.number > COALESCE((SELECT MAX(number) FROM builds WHERE builds.job_id = jobs.id \
             AND status = 'succeeded'), 0)) FROM jobs JOIN builds AS newest ON newest.id = \
             (SELECT id FROM builds WHERE builds.job_id = jobs.id AND status IN ('succeeded', 'failed', 'errored') \
             ORDER BY number DESC, rerun DESC LIMIT 1) WHERE jobs.active = 1 AND newest.status IN {BAD} ORDER BY newest.id DESC LIMIT ?"
        ),
        values![limit],
        |row| Ok((BuildId(row.text(0)?), row.opt_int(1)?)),
    )?;
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.id = ?");
    let whole = newest.into_iter().map(|(id, since_ms)| {
        Ok(db.row(&sql, values![id.as_str()], build)?.map(|build| Red { build, since_ms }))
    });
    whole.filter_map(Result::transpose).collect()
}

fn failing_checks(db: &Db, limit: usize) -> Result<Vec<FailingCheck>, StoreError> {
    db.rows(
        "SELECT pipelines.team, pipelines.name, resources.name, checks.error, checks.failing_since_ms FROM checks \
         JOIN resources ON resources.check_id = checks.id AND resources.active = 1 \
         JOIN pipelines ON pipelines.id = resources.pipeline_id \
         WHERE checks.active = 1 AND checks.failures > 0 ORDER BY checks.failing_since_ms, resources.id LIMIT ?",
        values![limit],
        |row| {
            Ok(FailingCheck {
                team: row.text(0)?,
                pipeline: row.text(1)?,
                resource: row.text(2)?,
                error: row.opt_text(3)?.unwrap_or_default(),
                since_ms: row.opt_int(4)?,
            })
        },
    )
}

fn paused(db: &Db, limit: usize) -> Result<Vec<PausedThing>, StoreError> {
    let thing = |row: &crate::db::Row<'_>| {
        Ok(PausedThing { team: row.text(0)?, pipeline: row.text(1)?, job: row.opt_text(2)? })
    };
    db.rows(
        "SELECT team, name, NULL FROM pipelines WHERE paused = 1 AND archived_ms IS NULL UNION ALL \
         SELECT pipelines.team, pipelines.name, jobs.name FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id \
         WHERE jobs.paused = 1 AND jobs.active = 1 ORDER BY 1, 2, 3 LIMIT ?",
        values![limit],
        thing,
    )
}
