//! A build is made anew with the versions of its original.

use super::build::{self, made_before, print};
use super::{changes, ids, raise, take};
use crate::StoreError;
use crate::db::{Db, values};
use crate::needs::Needs;
use pikoci_engine::cause::Cause;
use pikoci_engine::part::{Applied, BuildInput, Rerun};
use pikoci_plan::id::{BuildId, JobId, ResourceId};
use serde_json::json;

/// The build whose versions are taken again.
struct Original {
    id: BuildId,
    job: JobId,
    number: u64,
    space: String,
    untrusted: bool,
}

/// Makes a build anew. Missed if there is no such build, its job is gone, or forbids it.
pub(super) fn rerun(db: &Db, rerun: &Rerun) -> Result<Applied, StoreError> {
    let Some(original) = original(db, &rerun.of)? else { return Ok(Applied::Missed) };
    let cause = Cause::rerun(&original.id, &rerun.key);
    if let Some(build) = made_before(db, &original.job, &cause, &rerun.id)? {
        return Ok(Applied::Exists(build));
    }
    let inputs = inputs(db, &original)?;
    let missing = missing(db, &original.job, &inputs)?;
    insert(db, rerun, &original, &cause, (&inputs, &missing))?;
    take::take(db, (&original.job, &rerun.id), &inputs)?;
    if !missing.is_empty() {
        raise(db, &original.job)?;
    }
    changes::touch(db, rerun.id.as_str())?;
    Ok(Applied::Made { number: original.number, started: false })
}

fn original(db: &Db, build: &BuildId) -> Result<Option<Original>, StoreError> {
    db.row(
        "SELECT builds.id, builds.job_id, builds.number, builds.space, builds.untrusted FROM builds AS named \
         JOIN builds ON builds.id = COALESCE(named.original_id, named.id) JOIN jobs ON jobs.id = builds.job_id \
         WHERE named.id = ? AND jobs.active = 1 AND jobs.no_rerun = 0",
        values![build.as_str()],
        |row| {
            Ok(Original {
                id: BuildId(row.text(0)?),
                job: JobId(row.text(1)?),
                number: row.int(2)?,
                space: row.text(3)?,
                untrusted: row.flag(4)?,
            })
        },
    )
}

/// What the original took at inputs that the job still has, of the resources that they have now.
fn inputs(db: &Db, original: &Original) -> Result<Vec<BuildInput>, StoreError> {
    db.rows(
        "SELECT job_inputs.name, resources.id, resources.name, versions.id, versions.place, versions.data \
         FROM job_inputs JOIN build_inputs ON build_inputs.build_id = ? AND build_inputs.name = job_inputs.name \
         JOIN versions ON versions.id = build_inputs.version_id \
         AND versions.resource_id = job_inputs.resource_id \
         JOIN resources ON resources.id = versions.resource_id \
         WHERE job_inputs.job_id = ? ORDER BY job_inputs.place",
        values![original.id.as_str(), original.job.as_str()],
        |row| {
            Ok(BuildInput {
                name: row.text(0)?,
                resource: ResourceId(row.text(1)?),
                resource_name: row.text(2)?,
                version_id: row.text(3)?,
                order: row.int(4)?,
                version: row.json(5)?,
            })
        },
    )
}

/// The names of inputs that the original did not have.
fn missing(db: &Db, job: &JobId, inputs: &[BuildInput]) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name FROM job_inputs WHERE job_id = ? ORDER BY place";
    let mut missing: Vec<String> = ids(db, sql, values![job.as_str()])?;
    missing.retain(|name| !inputs.iter().any(|input| input.name == *name));
    Ok(missing)
}

fn insert(
    db: &Db,
    rerun: &Rerun,
    original: &Original,
    cause: &Cause,
    (inputs, missing): (&[BuildInput], &[String]),
) -> Result<(), StoreError> {
    let key = values![original.id.as_str()];
    db.execute("UPDATE builds SET reruns = reruns + 1 WHERE id = ?", key)?;
    let nth = db.row("SELECT reruns FROM builds WHERE id = ?", key, |row| row.int(0))?.unwrap_or(1);
    let looked_at = on_demand(db, &original.job, missing)?;
    let needs = build::request_checks(db, &looked_at, &Needs::new(), rerun.at_ms)?;
    db.execute(
        "INSERT INTO builds (id, job_id, number, rerun, original_id, cause, status, ready, inputs, cancel, \
         created_ms, made_by, space, untrusted, needs) \
         VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, 0, ?, ?, ?, ?, ?)",
        values![
            rerun.id.as_str(),
            original.job.as_str(),
            original.number,
            nth,
            original.id.as_str(),
            cause.as_str(),
            missing.is_empty(),
            print(inputs).as_str(),
            rerun.at_ms,
            rerun.by.as_str(),
            original.space.as_str(),
            original.untrusted,
            json!(needs).to_string().as_str(),
        ],
    )
    .map(drop)
}

/// The resources of these inputs of a job that are looked at only when a build needs them. What must have passed something
/// needs no check, nor does what is held at a version.
pub(super) fn on_demand(db: &Db, job: &JobId, inputs: &[String]) -> Result<Vec<ResourceId>, StoreError> {
    let mut found = Vec::new();
    for input in inputs {
        let sql = "SELECT resources.id FROM job_inputs JOIN resources ON resources.id = job_inputs.resource_id \
             WHERE job_inputs.job_id = ? AND job_inputs.name = ? AND resources.on_demand = 1 \
             AND job_inputs.passed = '[]' AND job_inputs.pin IS NULL AND resources.pin_version_id IS NULL";
        found.extend(ids::<ResourceId>(db, sql, values![job.as_str(), input])?);
    }
    Ok(found)
}
