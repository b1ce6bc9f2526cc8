//! What one wants to see first: what is red, fails, rests, waits and runs.

use super::Build;
use super::builds::{COLUMNS, TABLES, build};
use crate::db::{Db, Row, values};
use crate::{Store, StoreError};

/// What one wants to see first. Costs what there is to see, and some look-ups for each job.
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
const BAD: [&str; 2] = ["failed", "errored"];

/// The states of a build that say something of its job.
const VERDICTS: [&str; 3] = ["succeeded", "failed", "errored"];

/// How many builds of a job are looked at for how it is, and since when: it may be red for longer.
const LOOKED_AT: usize = 100;
const LOOKED_AT_FIRST: usize = 4;

impl Store {
    /// What one wants to see first, at most `limit` of each kind.
    pub fn overview(&self, limit: usize) -> Result<Overview, StoreError> {
        self.reader().snapshot(|db| {
            Ok(Overview {
                red: red(db, limit)?,
                waiting: waiting(db, limit)?,
                running: running(db, limit)?,
                failing_checks: failing_checks(db, limit)?,
                paused: paused(db, limit)?,
            })
        })
    }
}

fn running(db: &Db, limit: usize) -> Result<Vec<Build>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.status = 'running' ORDER BY builds.id LIMIT ?");
    db.rows(&sql, values![limit], build)
}

/// The oldest of the oldest of each job: however long the queue is, only these are looked at.
fn waiting(db: &Db, limit: usize) -> Result<Vec<Build>, StoreError> {
    let jobs = db.rows("SELECT id FROM jobs", &[], |row| row.text(0))?;
    let mut oldest = Vec::new();
    for job in jobs {
        let sql = "SELECT id FROM builds WHERE job_id = ? AND status = 'pending' ORDER BY id LIMIT ?";
        oldest.extend(db.rows(sql, values![&job, limit], |row| row.text(0))?);
    }
    oldest.sort_unstable();
    oldest.truncate(limit);
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.id = ?");
    let whole = oldest.iter().map(|id| db.row(&sql, values![id], build));
    whole.filter_map(Result::transpose).collect()
}

fn red(db: &Db, limit: usize) -> Result<Vec<Red>, StoreError> {
    let jobs = db.rows("SELECT id FROM jobs WHERE active = 1", &[], |row| row.text(0))?;
    let mut newest = Vec::new();
    for job in jobs {
        newest.extend(newest_verdict(db, &job)?.filter(|(_, status)| BAD.contains(&status.as_str())));
    }
    newest.sort_unstable_by(|left, right| right.cmp(left));
    newest.truncate(limit);
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE builds.id = ?");
    let whole = newest.iter().map(|(id, _)| {
        let Some(build) = db.row(&sql, values![id], build)? else { return Ok(None) };
        Ok(Some(Red { since_ms: red_since(db, &build)?, build }))
    });
    whole.filter_map(Result::transpose).collect()
}

/// The build that says how a job is, its id and state: the newest by number that somebody did not cancel. Where so many did not
/// come to an end that it is out of sight, the newest that was made.
fn newest_verdict(db: &Db, job: &str) -> Result<Option<(String, String)>, StoreError> {
    let state = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?));
    for looked_at in [LOOKED_AT_FIRST, LOOKED_AT] {
        let sql = "SELECT id, status FROM builds WHERE job_id = ? ORDER BY number DESC, rerun DESC LIMIT ?";
        let newest = db.rows(sql, values![job, looked_at], state)?;
        let seen = newest.len();
        let verdict = newest.into_iter().find(|(_, status)| VERDICTS.contains(&status.as_str()));
        if verdict.is_some() || seen < looked_at {
            return Ok(verdict);
        }
    }
    let of_state = |status: &&str| {
        let sql = "SELECT id, status FROM builds WHERE job_id = ? AND status = ? ORDER BY id DESC LIMIT 1";
        db.row(sql, values![job, *status], state)
    };
    let found = VERDICTS.iter().map(of_state).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().max())
}

/// When the first of the bad builds of which this is the newest ended.
fn red_since(db: &Db, newest: &Build) -> Result<Option<u64>, StoreError> {
    let ended = db.rows(
        "SELECT status, ended_ms FROM builds WHERE job_id = ? AND number <= ? ORDER BY number DESC, rerun DESC LIMIT ?",
        values![newest.job_id.as_str(), newest.number, LOOKED_AT],
        |row| Ok((row.text(0)?, row.opt_int(1)?)),
    )?;
    let since_good = ended.into_iter().take_while(|(status, _)| status != "succeeded");
    let bad = since_good.filter(|(status, _)| BAD.contains(&status.as_str()));
    Ok(bad.filter_map(|(_, ended_ms)| ended_ms).min())
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
    let thing =
        |row: &Row<'_>| Ok(PausedThing { team: row.text(0)?, pipeline: row.text(1)?, job: row.opt_text(2)? });
    db.rows(
        "SELECT team, name, NULL FROM pipelines WHERE paused = 1 AND archived_ms IS NULL UNION ALL \
         SELECT pipelines.team, pipelines.name, jobs.name FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id \
         WHERE jobs.paused = 1 AND jobs.active = 1 ORDER BY 1, 2, 3 LIMIT ?",
        values![limit],
        thing,
    )
}
