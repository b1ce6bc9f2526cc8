//! Builds that are ready have a version for each input that their job has now; those that wait for versions wait for what
//! brings them.
//!
//! A pending build runs the revision that stands when it starts, and may be older than that. What does not fit waits for
//! versions again, as if it had just been made: it keeps what it has taken, also of an input that has another name now.

use super::{build, changes, ids, raise, rerun};
use crate::StoreError;
use crate::db::{Db, values};
use crate::needs::Needs;
use pikoci_plan::id::{BuildId, JobId, ResourceId};
use serde_json::json;

/// An input: its name and resource.
type Input = (String, ResourceId);

/// What a build has taken, at what input.
struct Taken {
    input: Input,
    version: String,
}

/// Looks at the builds of a job that wait for versions: a resource may be checked in another way now. Where the job's inputs
/// have changed, also at those that are ready.
pub(super) fn job(db: &Db, job: &JobId, changed: bool, at_ms: u64) -> Result<(), StoreError> {
    let inputs = inputs(db, job)?;
    let looked_at = if changed { &[false, true][..] } else { &[false] };
    for &ready in looked_at {
        let builds: Vec<BuildId> = ids(
            db,
            "SELECT id FROM builds WHERE status = 'pending' AND ready = ? AND job_id = ? ORDER BY id",
            values![ready, job.as_str()],
        )?;
        builds.iter().try_for_each(|build| fit(db, (build, job), ready, &inputs, at_ms))?;
    }
    Ok(())
}

/// Looks at a build that has become ready, whoever chose its versions, and when.
pub(super) fn build(db: &Db, build: &BuildId, at_ms: u64) -> Result<(), StoreError> {
    let ready = "SELECT job_id FROM builds WHERE id = ? AND status = 'pending' AND ready = 1";
    match db.row(ready, values![build.as_str()], |row| Ok(JobId(row.text(0)?)))? {
        Some(job) => fit(db, (build, &job), true, &inputs(db, &job)?, at_ms),
        None => Ok(()),
    }
}

/// Lets a build wait for the versions that it lacks.
fn fit(
    db: &Db,
    (build, job): (&BuildId, &JobId),
    ready: bool,
    inputs: &[Input],
    at_ms: u64,
) -> Result<(), StoreError> {
    let taken = taken(db, build)?;
    let has = |input: &&Input| taken.iter().any(|taken| taken.input == **input);
    let missing: Vec<&Input> = inputs.iter().filter(|input| !has(input)).collect();
    if ready && missing.is_empty() {
        return Ok(());
    }
    let mut spare: Vec<&Taken> = taken.iter().filter(|taken| !inputs.contains(&taken.input)).collect();
    let moved = !spare.is_empty();
    let mut lacks = Vec::new();
    for (name, resource) in missing {
        match spare.iter().position(|taken| taken.input.1 == *resource) {
            Some(at) => rename(db, build, spare.swap_remove(at), name)?,
            None => lacks.push(name.clone()),
        }
    }
    spare.into_iter().try_for_each(|gone| forget(db, build, gone))?;
    let wanted = if ready { Needs::new() } else { needs(db, build)? };
    let needs = build::request_checks(db, &rerun::on_demand(db, job, &lacks)?, &wanted, at_ms)?;
    if !ready && !moved && needs == wanted {
        return Ok(());
    }
    db.execute(
        "UPDATE builds SET ready = 0, needs = ? WHERE id = ?",
        values![json!(needs).to_string().as_str(), build.as_str()],
    )?;
    changes::touch(db, build.as_str())?;
    raise(db, job)
}

fn needs(db: &Db, build: &BuildId) -> Result<Needs, StoreError> {
    let needs =
        db.row("SELECT needs FROM builds WHERE id = ?", values![build.as_str()], |row| row.json(0))?;
    Ok(needs.unwrap_or_default())
}

fn inputs(db: &Db, job: &JobId) -> Result<Vec<Input>, StoreError> {
    db.rows(
        "SELECT name, resource_id FROM job_inputs WHERE job_id = ? ORDER BY place",
        values![job.as_str()],
        |row| Ok((row.text(0)?, ResourceId(row.text(1)?))),
    )
}

fn taken(db: &Db, build: &BuildId) -> Result<Vec<Taken>, StoreError> {
    db.rows(
        "SELECT build_inputs.name, versions.resource_id, versions.id FROM build_inputs \
         JOIN versions ON versions.id = build_inputs.version_id WHERE build_inputs.build_id = ?",
        values![build.as_str()],
        |row| Ok(Taken { input: (row.text(0)?, ResourceId(row.text(1)?)), version: row.text(2)? }),
    )
}

/// Gives an input what the build has taken at one that is gone.
fn rename(db: &Db, build: &BuildId, old: &Taken, name: &str) -> Result<(), StoreError> {
    db.execute(
        "UPDATE build_inputs SET name = ? WHERE build_id = ? AND name = ? AND version_id = ?",
        values![name, build.as_str(), &old.input.0, &old.version],
    )
    .map(drop)
}

fn forget(db: &Db, build: &BuildId, old: &Taken) -> Result<(), StoreError> {
    db.execute(
        "DELETE FROM build_inputs WHERE build_id = ? AND name = ? AND version_id = ?",
        values![build.as_str(), &old.input.0, &old.version],
    )
    .map(drop)
}
