//! The newest versions that have passed jobs.

use super::versions::{COLUMNS, stored, trusted};
use crate::StoreError;
use crate::db::{Db, Value};
use pikoci_engine::facts::{JobFacts, Stored};
use pikoci_plan::id::{JobId, ResourceId};

/// Among so many of the newest versions, and among so many of those that have passed one of the jobs, the newest that has
/// passed all of them is looked for.
const LOOKED_THROUGH: usize = 1_000;

/// Which versions are looked for.
pub(super) struct Of<'a> {
    pub(super) resource: &'a ResourceId,
    /// Only those of one line of work.
    pub(super) space: Option<&'a str>,
    /// All of these have let it through.
    pub(super) jobs: Vec<&'a JobId>,
    pub(super) trusted_only: bool,
}

/// The newest versions that have passed all of the jobs, newest first.
pub(super) fn newest(db: &Db, of: &Of<'_>, limit: usize) -> Result<Vec<Stored>, StoreError> {
    let found = among_newest(db, of, limit)?;
    if found.is_empty() { among_passed(db, of, limit) } else { Ok(found) }
}

/// For each input and each job that it names the newest version that this one alone has let through, by id; also one that
/// comes from outside.
pub(super) fn newest_of_each(db: &Db, job: &JobFacts) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for input in &job.inputs {
        for (upstream, _) in &input.passed {
            let of = Of { resource: &input.resource, space: None, jobs: vec![upstream], trusted_only: false };
            found.extend(newest(db, &of, 1)?.into_iter().map(|version| version.id));
        }
    }
    Ok(found)
}

fn among_newest(db: &Db, of: &Of<'_>, limit: usize) -> Result<Vec<Stored>, StoreError> {
    let (space, trusted) = (space(of), trusted(of.trusted_only));
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM versions WHERE resource_id = ? {space} {trusted} \
         ORDER BY place DESC LIMIT ?) AS versions WHERE 1 = 1 {} ORDER BY versions.place DESC LIMIT ?",
        PASSED.repeat(of.jobs.len())
    );
    let mut values = vec![Value::from(of.resource.as_str())];
    values.extend(of.space.map(Value::from));
    values.push(LOOKED_THROUGH.into());
    values.extend(of.jobs.iter().map(|job| Value::from(job.as_str())));
    values.push(limit.into());
    db.rows(&sql, &values, stored)
}

fn among_passed(db: &Db, of: &Of<'_>, limit: usize) -> Result<Vec<Stored>, StoreError> {
    let Some(first) = of.jobs.first() else { return Ok(Vec::new()) };
    let (space, trusted) = (space(of), trusted(of.trusted_only));
    let sql = format!(
        "SELECT DISTINCT {COLUMNS} FROM (SELECT version_id FROM passed WHERE job_id = ? AND resource_id = ? \
         ORDER BY place DESC LIMIT ?) AS newest JOIN versions ON versions.id = newest.version_id {space} {trusted} \
         WHERE 1 = 1 {} ORDER BY versions.place DESC LIMIT ?",
        PASSED.repeat(of.jobs.len())
    );
    let mut values = vec![Value::from(first.as_str()), of.resource.as_str().into(), LOOKED_THROUGH.into()];
    values.extend(of.space.map(Value::from));
    values.extend(of.jobs.iter().map(|job| Value::from(job.as_str())));
    values.push(limit.into());
    db.rows(&sql, &values, stored)
}

/// It has passed one more job.
const PASSED: &str =
    "AND EXISTS (SELECT 1 FROM passed WHERE passed.job_id = ? AND passed.version_id = versions.id) ";

fn space(of: &Of<'_>) -> &'static str {
    if of.space.is_some() { "AND versions.space = ?" } else { "" }
}
