//! What the decision of a job reads.

use super::{builds_of, info, inputs, upstream};
use crate::StoreError;
use crate::db::{Db, values};
use pikoci_engine::facts::{Interruptible, JobFacts};
use pikoci_plan::id::JobId;

/// The most jobs that are due that are told at once.
const DUE: usize = 100;

/// The jobs that are due, at most [`DUE`], and whether there are more.
pub(super) fn due(db: &Db) -> Result<(Vec<JobId>, bool), StoreError> {
    let sql = "SELECT id FROM jobs WHERE due = 1 ORDER BY id LIMIT ?";
    let mut due = db.rows(sql, values![DUE + 1], |row| Ok(JobId(row.text(0)?)))?;
    let more = due.len() > DUE;
    due.truncate(DUE);
    Ok((due, more))
}

/// What the decision of a job reads; `None` where there is none of that id. With versions that are named by hand goes what
/// passed together with them.
pub(super) fn job(db: &Db, id: &JobId, named: &[String]) -> Result<Option<JobFacts>, StoreError> {
    let Some(info) = info::info(db, id)? else { return Ok(None) };
    let found = db.row(
        "SELECT changes, decided, brakes, catch_up, trusted_only FROM jobs WHERE id = ?",
        values![id.as_str()],
        |row| {
            Ok(JobFacts {
                changes: row.int(0)?,
                decided: row.int(1)?,
                brakes: row.int(2)?,
                catch_up: row.flag(3)?,
                trusted_only: row.flag(4)?,
                ..JobFacts::default()
            })
        },
    )?;
    let Some(mut job) = found else { return Ok(None) };
    job.info = info;
    (job.unresolved, job.more_unresolved) = builds_of::unresolved(db, id)?;
    inputs::read(db, id, &mut job)?;
    upstream::read(db, id, &mut job, named)?;
    inputs::read_marks(db, id, &mut job)?;
    if job.info.interruptible != Interruptible::Never || job.inputs.iter().any(|input| input.latest) {
        job.open = builds_of::open(db, id)?;
    }
    Ok(Some(job))
}
