//! The builds that could start, by job, and who has what they would hold.

use super::info;
use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{Holder, Interruptible, JobInfo, PendingBuild, QueuedJob, number_text};
use pikoci_plan::id::{AttemptId, BuildId, JobId};
use pikoci_plan::version::Version;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The jobs with pending builds that are ready: one look into the index for each, however many builds it has.
const JOBS: &str = "WITH RECURSIVE waiting (job_id) AS (\
     SELECT MIN(job_id) FROM builds WHERE status = 'pending' AND ready = 1 UNION ALL \
     SELECT (SELECT MIN(builds.job_id) FROM builds \
     WHERE builds.status = 'pending' AND builds.ready = 1 AND builds.job_id > waiting.job_id) \
     FROM waiting WHERE waiting.job_id IS NOT NULL)";

const BUILDS: &str = "SELECT id, number, rerun, inputs, cause, space FROM builds \
     WHERE status = 'pending' AND ready = 1 AND job_id = ? ORDER BY id LIMIT ?";

/// Of each job the oldest pending builds that are ready, at most as many as there are asks for it. `asks` are their tags.
pub(super) fn queue(db: &Db, asks: &[Vec<String>]) -> Result<Vec<QueuedJob>, StoreError> {
    let jobs = format!(
        "{JOBS} SELECT {}, jobs.id FROM waiting JOIN jobs ON jobs.id = waiting.job_id \
         JOIN pipelines ON pipelines.id = jobs.pipeline_id",
        info::COLUMNS
    );
    let jobs = db.rows(&jobs, &[], |row| {
        let info = info::read(row)?;
        let most = most(&info, asks);
        Ok((most > 0).then_some((info, JobId(row.text(11)?), most)))
    })?;
    let queued = jobs.into_iter().flatten().map(|(info, job, most)| {
        let builds = builds(db, &job, info.interruptible, most)?;
        Ok(QueuedJob { job, info, builds })
    });
    queued.collect()
}

/// How many builds of a job matter. That those of one which is gone, or has newer ones, are to end does not depend on asks.
fn most(info: &JobInfo, asks: &[Vec<String>]) -> usize {
    if info.plan.is_none() || info.interruptible != Interruptible::Never {
        return asks.len();
    }
    let offers = |tags: &&Vec<String>| info.tags.iter().all(|tag| tags.contains(tag));
    if info.paused { 0 } else { asks.iter().filter(offers).count() }
}

fn builds(
    db: &Db,
    job: &JobId,
    interruptible: Interruptible,
    limit: usize,
) -> Result<Vec<PendingBuild>, StoreError> {
    let mut rows = db.rows(BUILDS, values![job.as_str(), limit], |row| {
        let automatic = row.text(4)?.starts_with("v:");
        Ok((pending(row)?, automatic.then_some(row.text(5)?)))
    })?;
    if interruptible != Interruptible::Never {
        for (build, space) in &mut rows {
            build.overtaken_by = match space {
                Some(space) => newest_started(db, job, space)?.filter(|newest| *newest > build.number),
                None => None,
            };
        }
    }
    Ok(rows.into_iter().map(|(build, _)| build).collect())
}

/// The number of the newest build that versions made and that has been started, in a space.
fn newest_started(db: &Db, job: &JobId, space: &str) -> Result<Option<u64>, StoreError> {
    db.row(
        "SELECT number FROM job_started WHERE job_id = ? AND space = ?",
        values![job.as_str(), space],
        |row| row.int(0),
    )
}

/// The columns of [`pending`].
pub(super) const COLUMNS: &str = "builds.id, builds.number, builds.rerun, builds.inputs";

/// A build as a worker is given it.
pub(super) fn pending(row: &Row<'_>) -> Result<PendingBuild, StoreError> {
    /// An input as it stands in a build's row.
    #[derive(Deserialize)]
    struct Input {
        name: String,
        version: Version,
    }
    let inputs: Vec<Input> = row.json(3)?;
    Ok(PendingBuild {
        build: BuildId(row.text(0)?),
        number: row.int(1)?,
        rerun: row.int(2)?,
        overtaken_by: None,
        inputs: inputs.into_iter().map(|input| (input.name, input.version)).collect(),
    })
}

/// Who has each of the holds that the jobs name.
pub(super) fn holders<'a>(
    db: &Db,
    jobs: impl IntoIterator<Item = &'a JobInfo>,
) -> Result<BTreeMap<String, Holder>, StoreError> {
    let (mut groups, mut places) = (BTreeSet::new(), BTreeSet::new());
    for job in jobs {
        groups.extend(job.groups.iter().map(String::as_str));
        places.extend(job.places.iter().map(|(prefix, _)| prefix.as_str()));
    }
    let mut holders = BTreeMap::new();
    for key in groups {
        holders.extend(db.rows(&held("holds.hold_key = ?"), values![key], holder)?);
    }
    for prefix in places {
        // No character is greater than the last one.
        let end = format!("{prefix}{}", char::MAX);
        let range = held("holds.hold_key >= ? AND holds.hold_key < ?");
        holders.extend(db.rows(&range, values![prefix, &end], holder)?);
    }
    Ok(holders)
}

fn held(condition: &str) -> String {
    format!(
        "SELECT holds.hold_key, holds.attempt_id, jobs.name, builds.number, builds.rerun, attempts.running FROM holds \
         JOIN attempts ON attempts.id = holds.attempt_id JOIN builds ON builds.id = holds.build_id \
         JOIN jobs ON jobs.id = builds.job_id WHERE {condition}"
    )
}

fn holder(row: &Row<'_>) -> Result<(String, Holder), StoreError> {
    let build = format!("{} #{}", row.text(2)?, number_text(row.int(3)?, row.int(4)?));
    Ok((row.text(0)?, Holder { attempt: AttemptId(row.text(1)?), build, lost: !row.flag(5)? }))
}
