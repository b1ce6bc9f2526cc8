//! The gets of a job.

use super::versions::{self, COLUMNS, stored, trusted};
use super::{passed, pins};
use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{Horizon, InputFacts, Interruptible, JobFacts, NEXT_VERSIONS, Stored};
use pikoci_plan::id::{JobId, ResourceId};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many spaces a job begins with the newest version.
pub(super) const MOST_SPACES: usize = 100;

/// A row of an input, and what else is read by it.
struct Read {
    facts: InputFacts,
    place: u64,
    last_order: u64,
    written_pin: Option<BTreeMap<String, String>>,
    set_pin: Option<String>,
}

/// Reads the inputs of a job, but for their marks, and how far its decision looks at their resources.
pub(super) fn read(db: &Db, id: &JobId, job: &mut JobFacts) -> Result<(), StoreError> {
    let rows = db.rows(
        "SELECT job_inputs.name, resources.id, resources.name, job_inputs.triggers, job_inputs.latest, \
         resources.on_demand, job_inputs.place, resources.last_order, job_inputs.pin, resources.pin_version_id \
         FROM job_inputs JOIN resources ON resources.id = job_inputs.resource_id \
         WHERE job_inputs.job_id = ? ORDER BY job_inputs.place",
        values![id.as_str()],
        row,
    )?;
    for row in rows {
        let input = input(db, id, job, row)?;
        job.inputs.push(input);
    }
    Ok(())
}

fn row(row: &Row<'_>) -> Result<Read, StoreError> {
    let facts = InputFacts {
        name: row.text(0)?,
        resource: ResourceId(row.text(1)?),
        resource_name: row.text(2)?,
        trigger: row.flag(3)?,
        latest: row.flag(4)?,
        on_demand: row.flag(5)?,
        ..InputFacts::default()
    };
    let written_pin = if row.opt_text(8)?.is_some() { Some(row.json(8)?) } else { None };
    Ok(Read { facts, place: row.int(6)?, last_order: row.int(7)?, written_pin, set_pin: row.opt_text(9)? })
}

fn input(db: &Db, id: &JobId, job: &mut JobFacts, read: Read) -> Result<InputFacts, StoreError> {
    let mut input = read.facts;
    input.passed = db.rows(
        "SELECT jobs.id, jobs.name FROM job_passed JOIN jobs ON jobs.id = job_passed.upstream_id \
         WHERE job_passed.job_id = ? AND job_passed.place = ? ORDER BY jobs.place",
        values![id.as_str(), read.place],
        |row| Ok((JobId(row.text(0)?), row.text(1)?)),
    )?;
    input.pin = pins::pin(db, &input.resource, read.written_pin, read.set_pin)?;
    input.newest = newest(db, job, &input)?;
    input.last = last(db, id, &input)?;
    if input.trigger && input.passed.is_empty() && input.pin.is_none() {
        input.next = next(db, id, job, &input, read.last_order)?;
    }
    let known = [&mut input.newest, &mut input.last].into_iter().flatten();
    let pinned = input.pin.iter_mut().filter_map(|pin| pin.version.as_mut());
    for version in known.chain(pinned).chain(&mut input.next) {
        version.taken = taken(db, id, &input.name, &version.id)?;
    }
    Ok(input)
}

fn newest(db: &Db, job: &JobFacts, input: &InputFacts) -> Result<Option<Stored>, StoreError> {
    if input.passed.is_empty() {
        return versions::newest(db, &input.resource, job.trusted_only);
    }
    let jobs = input.passed.iter().map(|(id, _)| id).collect();
    let of = passed::Of { resource: &input.resource, space: None, jobs, trusted_only: job.trusted_only };
    Ok(passed::newest(db, &of, 1)?.pop())
}

fn last(db: &Db, job: &JobId, input: &InputFacts) -> Result<Option<Stored>, StoreError> {
    db.row(
        &format!(
            "SELECT {COLUMNS} FROM job_last JOIN versions ON versions.id = job_last.version_id \
             WHERE job_last.job_id = ? AND job_last.name = ? AND job_last.resource_id = ?"
        ),
        values![job.as_str(), input.name.as_str(), input.resource.as_str()],
        stored,
    )
}

/// Whether a build of the job has taken a version at an input.
pub(crate) fn taken(db: &Db, job: &JobId, name: &str, version: &str) -> Result<bool, StoreError> {
    let build = db.row(
        "SELECT build_id FROM build_inputs WHERE job_id = ? AND version_id = ? AND name = ? LIMIT 1",
        values![job.as_str(), version, name],
        |row| row.text(0),
    )?;
    Ok(build.is_some())
}

/// The versions since the last decision, oldest first; where only the newest count those of each space, and where none
/// has been taken yet the newest of each space however old. Notes how far that is.
fn next(
    db: &Db,
    id: &JobId,
    job: &mut JobFacts,
    input: &InputFacts,
    last_order: u64,
) -> Result<Vec<Stored>, StoreError> {
    let (mut found, mut upto) = (Vec::new(), last_order);
    if has_mark(db, id, input)? {
        let looked = horizon(db, id, input.resource.as_str())?;
        let above = match looked {
            Some(looked) => looked,
            None => lowest_mark(db, id, input)?,
        };
        if above < last_order {
            found = since(db, job, input, above)?;
        }
        if found.len() > NEXT_VERSIONS {
            found.truncate(NEXT_VERSIONS);
            job.more = true;
            upto = found.last().map_or(upto, |last| last.order);
        }
        if looked.is_none() {
            // Spaces that have nothing newer may not have begun: while the input was held, say.
            let mut first = versions::newest_of_spaces(db, &input.resource, job.trusted_only, MOST_SPACES)?;
            first.retain(|version| version.order <= above);
            first.reverse();
            found.splice(..0, first);
        }
    } else {
        found = versions::newest_of_spaces(db, &input.resource, job.trusted_only, MOST_SPACES)?;
        found.reverse();
    }
    note(job, Horizon { source: input.resource.as_str().to_owned(), upto });
    Ok(found)
}

/// The versions above a place, oldest first, one more than may be read.
fn since(db: &Db, job: &JobFacts, input: &InputFacts, above: u64) -> Result<Vec<Stored>, StoreError> {
    let newest_only = input.latest || job.catch_up || job.info.interruptible != Interruptible::Never;
    if newest_only {
        let above = (above, NEXT_VERSIONS + 1);
        return versions::newest_of_spaces_above(db, &input.resource, job.trusted_only, above);
    }
    db.rows(
        &format!(
            "SELECT {COLUMNS} FROM versions WHERE resource_id = ? {} AND place > ? ORDER BY place LIMIT ?",
            trusted(job.trusted_only)
        ),
        values![input.resource.as_str(), above, NEXT_VERSIONS + 1],
        stored,
    )
}

/// How far the job has looked at a resource or an upstream job.
pub(super) fn horizon(db: &Db, job: &JobId, source: &str) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT upto FROM horizons WHERE job_id = ? AND source_id = ?",
        values![job.as_str(), source],
        |row| row.int(0),
    )
}

/// Notes how far a decision looks. Of two inputs of one source the one that looks less far counts.
pub(super) fn note(job: &mut JobFacts, horizon: Horizon) {
    match job.horizons.iter_mut().find(|known| known.source == horizon.source) {
        Some(known) => known.upto = known.upto.min(horizon.upto),
        None => job.horizons.push(horizon),
    }
}

/// Whether an input has a mark in any space.
pub(super) fn has_mark(db: &Db, job: &JobId, input: &InputFacts) -> Result<bool, StoreError> {
    let mark = db.row(
        "SELECT version_id FROM job_marks WHERE job_id = ? AND name = ? AND resource_id = ? LIMIT 1",
        values![job.as_str(), input.name.as_str(), input.resource.as_str()],
        |row| row.text(0),
    )?;
    Ok(mark.is_some())
}

/// The place of the lowest mark of an input that has one. Costs all spaces that there were.
fn lowest_mark(db: &Db, job: &JobId, input: &InputFacts) -> Result<u64, StoreError> {
    let place = db.row(
        "SELECT MIN(versions.place) FROM job_marks JOIN versions ON versions.id = job_marks.version_id \
         WHERE job_marks.job_id = ? AND job_marks.name = ? AND job_marks.resource_id = ?",
        values![job.as_str(), input.name.as_str(), input.resource.as_str()],
        |row| row.opt_int(0),
    )?;
    Ok(place.flatten().unwrap_or_default())
}

/// Reads the marks of the spaces that the facts name.
pub(super) fn read_marks(db: &Db, id: &JobId, job: &mut JobFacts) -> Result<(), StoreError> {
    let spaces: Vec<_> = (0..job.inputs.len()).map(|index| spaces(job, index)).collect();
    for (input, spaces) in job.inputs.iter_mut().zip(spaces) {
        for space in spaces {
            if let Some(mark) = mark(db, id, input, &space)? {
                input.marks.insert(space, mark);
            }
        }
    }
    Ok(())
}

/// The spaces of the versions that the facts name at an input.
fn spaces(job: &JobFacts, index: usize) -> BTreeSet<String> {
    let input = &job.inputs[index];
    let pinned = input.pin.iter().filter_map(|pin| pin.version.as_ref());
    let known = input.next.iter().chain(&input.newest).chain(&input.last).chain(pinned);
    let builds = job.upstream.values().flatten();
    let passed = builds.filter_map(|build| build.versions.get(&index)).flatten();
    known.chain(passed).map(|version| version.space.clone()).collect()
}

fn mark(db: &Db, job: &JobId, input: &InputFacts, space: &str) -> Result<Option<Stored>, StoreError> {
    db.row(
        &format!(
            "SELECT {COLUMNS} FROM job_marks JOIN versions ON versions.id = job_marks.version_id \
             WHERE job_marks.job_id = ? AND job_marks.name = ? AND job_marks.resource_id = ? \
             AND job_marks.space = ?"
        ),
        values![job.as_str(), input.name.as_str(), input.resource.as_str(), space],
        |row| Ok(Stored { taken: true, ..stored(row)? }),
    )
}
