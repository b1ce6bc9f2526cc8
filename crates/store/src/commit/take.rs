//! Which versions a build takes, and what the job has taken by that.

use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::part::BuildInput;
use pikoci_plan::id::{BuildId, JobId};

/// Notes which versions a build takes.
pub(super) fn take(
    db: &Db,
    (job, build): (&JobId, &BuildId),
    inputs: &[BuildInput],
) -> Result<(), StoreError> {
    for input in inputs {
        db.execute(
            "INSERT INTO build_inputs (job_id, version_id, build_id, name) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
            values![job.as_str(), input.version_id.as_str(), build.as_str(), input.name.as_str()],
        )?;
    }
    Ok(())
}

/// Moves the job's marks upwards, and notes what its newest build has taken. Not for reruns.
pub(super) fn mark(db: &Db, (job, number): (&JobId, u64), inputs: &[BuildInput]) -> Result<(), StoreError> {
    for input in inputs {
        move_up(db, job, input)?;
        last(db, job, number, input)?;
    }
    Ok(())
}

/// The mark of the version's space, if the version is newer.
pub(super) fn move_up(db: &Db, job: &JobId, input: &BuildInput) -> Result<(), StoreError> {
    let version = input.version_id.as_str();
    let place = db.row("SELECT space, place FROM versions WHERE id = ?", values![version], |row| {
        Ok((row.text(0)?, row.int(1)?))
    })?;
    let Some((space, place)) = place else { return Ok(()) };
    let key = values![job.as_str(), input.name.as_str(), input.resource.as_str(), space.as_str()];
    let mark = db.row(
        "SELECT versions.place FROM job_marks JOIN versions ON versions.id = job_marks.version_id \
         WHERE job_marks.job_id = ? AND job_marks.name = ? AND job_marks.resource_id = ? AND job_marks.space = ?",
        key,
        |row| row.int(0),
    )?;
    if mark.is_some_and(|mark| mark >= place) {
        return Ok(());
    }
    db.execute("DELETE FROM job_marks WHERE job_id = ? AND name = ? AND resource_id = ? AND space = ?", key)?;
    db.execute(
        "INSERT INTO job_marks (job_id, name, resource_id, space, version_id) VALUES (?, ?, ?, ?, ?)",
        values![
            job.as_str(),
            input.name.as_str(),
            input.resource.as_str(),
            space.as_str(),
            input.version_id.as_str(),
        ],
    )
    .map(drop)
}

/// What the newest build has taken: one whose versions were chosen late does not count against newer ones.
fn last(db: &Db, job: &JobId, number: u64, input: &BuildInput) -> Result<(), StoreError> {
    let key = (job.as_str(), input.name.as_str());
    db.execute(
        "DELETE FROM job_last WHERE job_id = ? AND name = ? AND number <= ?",
        values![key.0, key.1, number],
    )?;
    db.execute(
        "INSERT INTO job_last (job_id, name, resource_id, version_id, number) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT DO NOTHING",
        values![key.0, key.1, input.resource.as_str(), input.version_id.as_str(), number],
    )
    .map(drop)
}
