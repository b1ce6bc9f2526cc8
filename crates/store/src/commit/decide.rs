//! What a job's decision makes.

use super::{build, cancel, ids, raise, take};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::Horizon;
use pikoci_engine::part::{Applied, BuildInput, Decide};
use pikoci_plan::id::{BuildId, JobId};

/// Makes what a job's decision makes, unless somebody decided since it read its facts, or a brake was applied.
pub(super) fn decide(db: &Db, decide: &Decide) -> Result<Applied, StoreError> {
    let first = db.execute(
        "UPDATE jobs SET decided = ?, due = CASE WHEN changes > ? THEN 1 ELSE 0 END, \
         catch_up = CASE WHEN ? = 1 THEN 0 ELSE catch_up END WHERE id = ? AND decided = ? AND brakes = ?",
        values![
            decide.changes,
            decide.changes,
            decide.caught_up,
            decide.job.as_str(),
            decide.decided,
            decide.brakes,
        ],
    )?;
    if first == 0 {
        return Ok(Applied::Missed);
    }
    let (mut builds, mut touched) = (Vec::new(), Vec::new());
    for create in &decide.builds {
        match build::create(db, create)? {
            Applied::Made { number, started } => {
                builds.push((create.id.clone(), number, started));
                touched.extend(create.supersedes.iter().chain(&create.interrupts).cloned());
            }
            Applied::Exists(made) => mark_made(db, &decide.job, &made, &create.inputs)?,
            _ => {}
        }
    }
    for (build, inputs) in &decide.resolved {
        if resolve(db, &decide.job, build, inputs)? {
            touched.push(build.clone());
        }
    }
    decide.horizons.iter().try_for_each(|horizon| look(db, &decide.job, horizon))?;
    if decide.more {
        raise(db, &decide.job)?;
    }
    Ok(Applied::Decided { builds, touched })
}

/// What made a build before, at an input of another name say, was taken by that: nothing older is to be built.
fn mark_made(db: &Db, job: &JobId, made: &BuildId, inputs: &[BuildInput]) -> Result<(), StoreError> {
    let taken: Vec<String> =
        ids(db, "SELECT version_id FROM build_inputs WHERE build_id = ?", values![made.as_str()])?;
    inputs
        .iter()
        .filter(|input| taken.contains(&input.version_id))
        .try_for_each(|input| take::move_up(db, job, input))
}

/// Notes how far the job has looked.
fn look(db: &Db, job: &JobId, horizon: &Horizon) -> Result<(), StoreError> {
    let key = (job.as_str(), horizon.source.as_str());
    db.execute("DELETE FROM horizons WHERE job_id = ? AND source_id = ?", values![key.0, key.1])?;
    db.execute(
        "INSERT INTO horizons (job_id, source_id, upto) VALUES (?, ?, ?)",
        values![key.0, key.1, horizon.upto],
    )
    .map(drop)
}

/// Gives a pending build the versions that could not be chosen when it was made. False if it does not wait for any.
fn resolve(db: &Db, job: &JobId, build: &BuildId, inputs: &[BuildInput]) -> Result<bool, StoreError> {
    let waits = db.execute(
        "UPDATE builds SET ready = 1, inputs = ? WHERE id = ? AND status = 'pending' AND ready = 0",
        values![build::print(inputs).as_str(), build.as_str()],
    )?;
    if !cancel::touched(db, build, waits)? {
        return Ok(false);
    }
    take::take(db, (job, build), inputs)?;
    db.execute(
        "UPDATE builds SET untrusted = 1 WHERE id = ? AND EXISTS (SELECT 1 FROM build_inputs \
         JOIN versions ON versions.id = build_inputs.version_id \
         WHERE build_inputs.build_id = builds.id AND versions.untrusted = 1)",
        values![build.as_str()],
    )?;
    let number =
        db.row("SELECT number FROM builds WHERE id = ? AND rerun = 0", values![build.as_str()], |row| {
            row.int(0)
        })?;
    if let Some(number) = number {
        take::mark(db, (job, number), inputs)?;
    }
    Ok(true)
}
