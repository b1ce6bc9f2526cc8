//! What is known of a job, for the question why it is not running.

use crate::db::{Db, Row, values};
use crate::facts;
use crate::needs::{self, Needs};
use crate::{Store, StoreError};
use pikoci_engine::facts::{InputFacts, JobFacts, number_text};
use pikoci_engine::why::{Check, Pending, Stopped, Upstream, WhyFacts};
use pikoci_plan::id::{JobId, ResourceId};
use pikoci_plan::status::Status;
use std::collections::BTreeMap;

/// How many pending builds are looked at.
const PENDING: usize = 3;

impl Store {
    /// What the ledger knows of why a job is not running; `None` if there is no such job. Workers are not the ledger's to
    /// know: they are left out.
    pub fn why_facts(&self, job: &JobId) -> Result<Option<WhyFacts>, StoreError> {
        let db = self.reader();
        let Some((job_facts, holds)) = facts::job_with_holders(&db, job)? else { return Ok(None) };
        let resources = job_facts.inputs.iter().map(|input| input.resource.clone());
        let upstream = job_facts.inputs.iter().flat_map(|input| &input.passed).map(|(id, _)| id);
        let checks = resources.map(|id| Ok((id.clone(), check(&db, &id)?)));
        let upstream = upstream.map(|id| Ok((id.clone(), upstream_job(&db, id, &job_facts)?)));
        let (checks, upstream) =
            (checks.collect::<Result<_, StoreError>>()?, upstream.collect::<Result<_, StoreError>>()?);
        Ok(Some(WhyFacts {
            stopped: stopped(&db, job)?,
            newest_build: newest(&db, job)?,
            running: numbers(&db, job, Status::Running)?,
            pending: pending(&db, job)?,
            checks,
            upstream,
            check_tags: check_tags(&db, &job_facts.inputs)?,
            workers: Vec::new(),
            holds,
            job: job_facts,
        }))
    }
}

fn stopped(db: &Db, job: &JobId) -> Result<Option<Stopped>, StoreError> {
    let found = db.row(
        "SELECT pipelines.archived_ms, jobs.active, pipelines.paused, jobs.paused FROM jobs \
         JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE jobs.id = ?",
        values![job.as_str()],
        |row| Ok((row.opt_int(0)?.is_some(), row.flag(1)?, row.flag(2)?, row.flag(3)?)),
    )?;
    Ok(match found {
        Some((true, ..)) => Some(Stopped::Archived),
        Some((_, false, ..)) | None => Some(Stopped::Removed),
        Some((_, _, true, _)) => Some(Stopped::PipelinePaused),
        Some((_, _, _, true)) => Some(Stopped::Paused),
        Some(_) => None,
    })
}

fn number(row: &Row<'_>) -> Result<String, StoreError> {
    Ok(number_text(row.int(0)?, row.int(1)?))
}

fn newest(db: &Db, job: &JobId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT number, rerun FROM builds WHERE job_id = ? ORDER BY number DESC, rerun DESC LIMIT 1";
    db.row(sql, values![job.as_str()], number)
}

fn numbers(db: &Db, job: &JobId, status: Status) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT number, rerun FROM builds WHERE job_id = ? AND status = ? ORDER BY id LIMIT 20";
    db.rows(sql, values![job.as_str(), status.as_str()], number)
}

/// The oldest pending builds.
fn pending(db: &Db, job: &JobId) -> Result<Vec<Pending>, StoreError> {
    let rows = db.rows(
        "SELECT number, rerun, ready, needs, id FROM builds WHERE job_id = ? AND status = 'pending' \
         ORDER BY id LIMIT ?",
        values![job.as_str(), PENDING],
        |row| {
            let needs: Needs = row.json(3)?;
            Ok((number(row)?, row.int(2)?, needs, row.text(4)?))
        },
    )?;
    let each = rows.into_iter().map(|(number, ready, needs, id)| {
        let unmet = if ready == 0 { needs::unmet(db, &needs)? } else { Vec::new() };
        let waits_for = unmet.into_iter().map(|unmet| unmet.name).collect();
        let lost_on = if ready == 2 { lost_on(db, &id)? } else { None };
        Ok(Pending { number, ready: ready == 1, waits_for, lost_on })
    });
    each.collect()
}

/// The worker whose processes may still be there.
fn lost_on(db: &Db, build: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT worker_id FROM attempts WHERE released = 0 AND build_id = ? LIMIT 1";
    db.row(sql, values![build], |row| row.text(0))
}

fn check(db: &Db, resource: &ResourceId) -> Result<Check, StoreError> {
    let found = db.row(
        "SELECT checks.tick, checks.due_ms, checks.ended_ms, checks.running, checks.error, checks.failing_since_ms \
         FROM resources JOIN checks ON checks.id = resources.check_id WHERE resources.id = ?",
        values![resource.as_str()],
        |row| {
            let due_ms = row.int(1)?;
            Ok(match (row.flag(0)?, row.opt_int(2)?, row.flag(3)?, row.opt_text(4)?) {
                (true, ..) => Check::Schedule((due_ms < u64::MAX / 4).then_some(due_ms)),
                (_, Some(ended), _, Some(error)) => {
                    Check::Failing { since_ms: row.opt_int(5)?.unwrap_or(ended), error }
                }
                (_, Some(_), ..) => Check::Works,
                (_, None, true, _) => Check::First,
                (_, None, false, _) => Check::Never,
            })
        },
    )?;
    Ok(found.unwrap_or(Check::None))
}

/// What the checks of these inputs ask of workers, by the resource's name; schedules ask for none.
fn check_tags(db: &Db, inputs: &[InputFacts]) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let tags = |input: &InputFacts| {
        let sql = "SELECT checks.tags FROM resources JOIN checks ON checks.id = resources.check_id \
                   WHERE resources.id = ? AND checks.tick = 0";
        let tags = db.row(sql, values![input.resource.as_str()], |row| row.json(0))?;
        Ok(tags.map(|tags| (input.resource_name.clone(), tags)))
    };
    inputs.iter().map(tags).filter_map(Result::transpose).collect()
}

/// A job that inputs of another one name in `passed`.
fn upstream_job(db: &Db, job: &JobId, of: &JobFacts) -> Result<Upstream, StoreError> {
    let open =
        "SELECT number, rerun FROM builds WHERE job_id = ? AND status IN ('pending', 'running') LIMIT 1";
    let last = "SELECT status FROM builds WHERE job_id = ? AND ended_ms IS NOT NULL \
                ORDER BY number DESC, rerun DESC LIMIT 1";
    let last = db.row(last, values![job.as_str()], |row| row.text(0))?;
    Ok(Upstream {
        paused: matches!(stopped(db, job)?, Some(Stopped::Paused | Stopped::PipelinePaused)),
        open: db.row(open, values![job.as_str()], number)?.is_some(),
        last: last.and_then(|word| Status::parse(&word)).and_then(Status::outcome),
        makes: makes(db, job, of)?,
    })
}

/// The resources that it lets through for another job and does not get.
fn makes(db: &Db, job: &JobId, of: &JobFacts) -> Result<Vec<ResourceId>, StoreError> {
    let gets = "SELECT DISTINCT resource_id FROM job_inputs WHERE job_id = ?";
    let gets = db.rows(gets, values![job.as_str()], |row| Ok(ResourceId(row.text(0)?)))?;
    let named = of.inputs.iter().filter(|input| input.passed.iter().any(|(id, _)| id == job));
    Ok(named.map(|input| input.resource.clone()).filter(|resource| !gets.contains(resource)).collect())
}
