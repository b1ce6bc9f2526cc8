//! What builds that succeeded had fetched and made: what lets versions through `passed`.

use super::{ids, raise};
use crate::StoreError;
use crate::db::{Db, values};
use crate::{outline, steps};
use pikoci_engine::facts::number_text;
use pikoci_plan::id::{AttemptId, JobId, ResourceId};
use pikoci_plan::status::Status;
use std::collections::BTreeSet;

/// A build that has succeeded.
struct Build {
    job: JobId,
    number: String,
    /// The names of its gets that have fetched their version.
    pulled: BTreeSet<String>,
}

/// Records what a build lets through, if it has succeeded with this attempt: call it when the rows of both say so. The
/// jobs that read it, which are due now.
pub(super) fn record(db: &Db, build: &str, attempt: &AttemptId) -> Result<Vec<JobId>, StoreError> {
    let Some(of) = succeeded(db, build, attempt)? else { return Ok(Vec::new()) };
    let mut versions = made(db, build)?;
    versions.extend(taken(db, build, &of.pulled)?);
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let place = next_place(db, &of.job)?;
    for (version, resource) in &versions {
        db.execute(
            "INSERT INTO passed (job_id, place, resource_id, version_id, build_id, number) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![of.job.as_str(), place, resource.as_str(), version.as_str(), build, of.number.as_str(),],
        )?;
    }
    raise_downstream(db, &of.job)
}

fn succeeded(db: &Db, build: &str, attempt: &AttemptId) -> Result<Option<Build>, StoreError> {
    db.row(
        "SELECT builds.job_id, builds.number, builds.rerun, attempts.steps, plans.steps FROM builds \
         JOIN attempts ON attempts.id = builds.attempt_id LEFT JOIN plans ON plans.hash = attempts.plan \
         WHERE builds.id = ? AND builds.attempt_id = ? AND builds.status = 'succeeded'",
        values![build, attempt.as_str()],
        |row| {
            let (job, number) = (JobId(row.text(0)?), number_text(row.int(1)?, row.int(2)?));
            let outline = row.opt_text(4)?.map_or(Ok(Vec::new()), |text| outline::parse(&text))?;
            let steps = steps::parse(&row.text(3)?)?;
            // A get whose failure is allowed has fetched nothing, though it counts as succeeded.
            let done = steps.iter().filter(|step| step.status == Status::Succeeded && !step.warning);
            let lines = done.filter_map(|step| outline.get(step.step as usize));
            let pulled = lines.filter(|line| line.kind == "get").map(|line| line.name.clone()).collect();
            Ok(Build { job, number, pulled })
        },
    )
}

/// What its puts made.
fn made(db: &Db, build: &str) -> Result<BTreeSet<(String, ResourceId)>, StoreError> {
    let rows = db.rows(
        "SELECT version_id, resource_id FROM build_outputs WHERE build_id = ?",
        values![build],
        |row| Ok((row.text(0)?, ResourceId(row.text(1)?))),
    )?;
    Ok(rows.into_iter().collect())
}

/// What its gets took, as far as they fetched it.
fn taken(db: &Db, build: &str, pulled: &BTreeSet<String>) -> Result<Vec<(String, ResourceId)>, StoreError> {
    let rows = db.rows(
        "SELECT build_inputs.name, versions.id, versions.resource_id FROM build_inputs \
         JOIN versions ON versions.id = build_inputs.version_id WHERE build_inputs.build_id = ?",
        values![build],
        |row| Ok((row.text(0)?, (row.text(1)?, ResourceId(row.text(2)?)))),
    )?;
    Ok(rows.into_iter().filter(|(name, _)| pulled.contains(name)).map(|(_, version)| version).collect())
}

/// The place in the order in which builds of the job succeeded.
fn next_place(db: &Db, job: &JobId) -> Result<u64, StoreError> {
    db.execute("UPDATE jobs SET last_passed = last_passed + 1 WHERE id = ?", values![job.as_str()])?;
    db.row("SELECT last_passed FROM jobs WHERE id = ?", values![job.as_str()], |row| row.int(0))?
        .ok_or_else(|| StoreError::Corrupt(format!("job {job} is gone")))
}

fn raise_downstream(db: &Db, job: &JobId) -> Result<Vec<JobId>, StoreError> {
    let jobs: Vec<JobId> = ids(
        db,
        "SELECT DISTINCT jobs.id FROM job_passed JOIN jobs ON jobs.id = job_passed.job_id \
         WHERE job_passed.upstream_id = ? AND jobs.active = 1 ORDER BY jobs.id",
        values![job.as_str()],
    )?;
    jobs.iter().try_for_each(|job| raise(db, job))?;
    Ok(jobs)
}
