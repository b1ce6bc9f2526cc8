//! What puts made: versions of their resources, and outputs of the build.
//!
//! They count as soon as they are told: what is published stays published, however the build ends.

use super::versions;
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::Made;
use pikoci_plan::id::{AttemptId, JobId, ResourceId};

/// The running build of an attempt, as far as outputs need it.
struct Of<'a> {
    build: &'a str,
    job: String,
    pipeline: String,
    untrusted: bool,
    started_ms: u64,
}

/// Records what the puts of a running build made, if this attempt has it. The jobs that read it.
pub(super) fn record(
    db: &Db,
    (build, attempt): (&str, &AttemptId),
    all: &[Made],
    at_ms: u64,
) -> Result<Vec<JobId>, StoreError> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let of = db.row(
        "SELECT jobs.id, jobs.pipeline_id, builds.untrusted, builds.started_ms FROM builds JOIN jobs ON jobs.id = builds.job_id \
         WHERE builds.id = ? AND builds.attempt_id = ? AND builds.status = 'running'",
        values![build, attempt.as_str()],
        |row| {
            Ok(Of {
                build,
                job: row.text(0)?,
                pipeline: row.text(1)?,
                untrusted: row.flag(2)?,
                started_ms: row.opt_int(3)?.unwrap_or_default(),
            })
        },
    )?;
    let Some(of) = of else { return Ok(Vec::new()) };
    let mut due = Vec::new();
    for made in all {
        due.extend(one(db, &of, made, at_ms)?);
    }
    Ok(due)
}

fn one(db: &Db, of: &Of<'_>, made: &Made, at_ms: u64) -> Result<Vec<JobId>, StoreError> {
    let found = db.row(
        "SELECT id FROM resources WHERE pipeline_id = ? AND name = ?",
        values![of.pipeline.as_str(), made.resource.as_str()],
        |row| Ok(ResourceId(row.text(0)?)),
    )?;
    // A pipeline keeps the rows of all resources that it ever had: only a worker that makes up a name comes here.
    let Some(resource) = found else { return Ok(Vec::new()) };
    let due = store(db, of, &resource, made, at_ms)?;
    for version in &made.versions {
        db.execute(
            "INSERT INTO build_outputs (build_id, job_id, step, position, resource_id, version_id) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                of.build,
                of.job.as_str(),
                made.step,
                made.position,
                resource.as_str(),
                versions::id(&resource, &version.identity()).as_str(),
            ],
        )?;
    }
    Ok(due)
}

/// Stores the versions for all resources that are the same outside.
///
/// A check that runs meanwhile may have looked before the put: it is repeated. And one that was quicker than this
/// message may know of newer versions: a known one stays in its place.
fn store(
    db: &Db,
    of: &Of<'_>,
    resource: &ResourceId,
    made: &Made,
    at_ms: u64,
) -> Result<Vec<JobId>, StoreError> {
    let mut same = vec![resource.clone()];
    same.extend(
        versions::same_outside(db, resource)?.into_iter().filter(|same| same.active).map(|same| same.id),
    );
    for resource in &same {
        db.execute(
            "UPDATE checks SET again = 1, due_ms = 0 WHERE running = 1 \
             AND id = (SELECT check_id FROM resources WHERE resources.id = ?)",
            values![resource.as_str()],
        )?;
        if of.untrusted {
            distrust(db, of, resource, made)?;
        }
    }
    let found = versions::Found { versions: &made.versions, settles: false, untrusted: of.untrusted };
    Ok(versions::store_all(db, &same, found, at_ms)?.due)
}

/// What an untrusted build made is untrusted, also where a check found it first.
fn distrust(db: &Db, of: &Of<'_>, resource: &ResourceId, made: &Made) -> Result<(), StoreError> {
    for version in &made.versions {
        db.execute(
            "UPDATE versions SET untrusted = 1 WHERE resource_id = ? AND identity = ? AND created_ms >= ?",
            values![resource.as_str(), &version.identity(), of.started_ms],
        )?;
    }
    Ok(())
}
