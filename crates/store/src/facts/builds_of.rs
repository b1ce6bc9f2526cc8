//! The builds of a job that its decision reads.

use super::versions::{self, COLUMNS};
use crate::StoreError;
use crate::db::{Db, Row, values};
use crate::needs::{self, Needs};
use pikoci_engine::facts::{OpenBuild, Stored, Unresolved};
use pikoci_plan::id::{AttemptId, BuildId, JobId, WorkerId};
use std::collections::BTreeMap;

/// The most builds of a kind that a decision reads.
const MOST: usize = 1_000;

const UNRESOLVED: &str = "SELECT id, needs FROM builds \
     WHERE status = 'pending' AND ready = 0 AND job_id = ? ORDER BY id LIMIT ?";

const OPEN: &str = "SELECT builds.id, builds.number, builds.space, attempts.worker_id, attempts.session, \
     attempts.ask, attempts.id FROM builds LEFT JOIN attempts ON attempts.id = builds.attempt_id \
     WHERE builds.job_id = ? AND builds.status = ? AND builds.cause LIKE 'v:%' \
     ORDER BY builds.id LIMIT ?";

/// Pending builds whose versions are not all chosen, oldest first, and whether there are more of them.
pub(super) fn unresolved(db: &Db, job: &JobId) -> Result<(Vec<Unresolved>, bool), StoreError> {
    let mut waiting = db.rows(UNRESOLVED, values![job.as_str(), MOST + 1], |row| {
        let needs: Needs = row.json(1)?;
        Ok((BuildId(row.text(0)?), needs))
    })?;
    let more = waiting.len() > MOST;
    waiting.truncate(MOST);
    let each = waiting.into_iter().map(|(build, needs)| {
        let waits_for = needs::unmet(db, &needs)?.into_iter().map(|unmet| unmet.resource).collect();
        Ok(Unresolved { taken: taken(db, &build)?, waits_for, build })
    });
    Ok((each.collect::<Result<_, StoreError>>()?, more))
}

fn taken(db: &Db, build: &BuildId) -> Result<BTreeMap<String, Stored>, StoreError> {
    let rows = db.rows(
        &format!(
            "SELECT {COLUMNS}, build_inputs.name FROM build_inputs \
             JOIN versions ON versions.id = build_inputs.version_id WHERE build_inputs.build_id = ?"
        ),
        values![build.as_str()],
        |row| Ok((row.text(5)?, Stored { taken: true, ..versions::stored(row)? })),
    )?;
    Ok(rows.into_iter().collect())
}

/// Automatic builds that have not ended, oldest first.
pub(super) fn open(db: &Db, job: &JobId) -> Result<Vec<OpenBuild>, StoreError> {
    let mut all = Vec::new();
    for status in ["pending", "running"] {
        all.extend(db.rows(OPEN, values![job.as_str(), status, MOST], open_build)?);
    }
    all.sort_by_key(|build| build.number);
    all.truncate(MOST);
    Ok(all)
}

fn open_build(row: &Row<'_>) -> Result<OpenBuild, StoreError> {
    let attempt = match (row.opt_text(3)?, row.opt_int(4)?, row.opt_int(5)?, row.opt_text(6)?) {
        (Some(worker), Some(session), Some(ask), Some(attempt)) => {
            Some((WorkerId(worker), session, ask, AttemptId(attempt)))
        }
        _ => None,
    };
    Ok(OpenBuild { build: BuildId(row.text(0)?), number: row.int(1)?, space: row.text(2)?, attempt })
}
