//! Workers.

use crate::db::{Db, values};
use crate::{Store, StoreError};
use pikoci_engine::facts::number_text;
use pikoci_plan::id::{AttemptId, BuildId, CheckId, WorkerId};

/// A worker that was heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its id.
    pub id: WorkerId,
    /// Its newest session.
    pub session: u64,
    /// Whether the lease of that session stands.
    pub lease: bool,
    /// Whether it takes no more work.
    pub draining: bool,
    /// What it offers.
    pub tags: Vec<String>,
    /// When the ledger noted it last (milliseconds since 1970). It is noted now and then, and when something changes.
    pub seen_ms: u64,
    /// What it runs, oldest first.
    pub running: Vec<Held>,
}

/// What a worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A build.
    Build {
        /// The attempt.
        attempt: AttemptId,
        /// The build.
        build: BuildId,
        /// The team's name.
        team: String,
        /// The pipeline's name.
        pipeline: String,
        /// The job's name.
        job: String,
        /// The build's number.
        number: String,
    },
    /// A check.
    Check {
        /// The attempt.
        attempt: AttemptId,
        /// The check.
        check: CheckId,
    },
}

impl Store {
    /// All workers by id: those that have a lease or run something, and those that were noted since `since_ms`
    /// (milliseconds since 1970).
    pub fn workers(&self, since_ms: u64) -> Result<Vec<Worker>, StoreError> {
        let db = self.reader();
        let mut workers = db.rows(
            "SELECT id, session, lease, draining, tags, seen_ms FROM workers WHERE lease = 1 OR seen_ms >= ? OR EXISTS \
             (SELECT 1 FROM attempts WHERE attempts.running = 1 AND attempts.worker_id = workers.id) ORDER BY id",
            values![since_ms],
            |row| {
                Ok(Worker {
                    id: WorkerId(row.text(0)?),
                    session: row.int(1)?,
                    lease: row.flag(2)?,
                    draining: row.flag(3)?,
                    tags: row.json(4)?,
                    seen_ms: row.int(5)?,
                    running: Vec::new(),
                })
            },
        )?;
        for worker in &mut workers {
            worker.running = held(&db, &worker.id)?;
        }
        Ok(workers)
    }
}

fn held(db: &Db, worker: &WorkerId) -> Result<Vec<Held>, StoreError> {
    db.rows(
        "SELECT attempts.id, attempts.build_id, attempts.check_id, pipelines.team, pipelines.name, jobs.name, \
         builds.number, builds.rerun FROM attempts LEFT JOIN builds ON builds.id = attempts.build_id \
         LEFT JOIN jobs ON jobs.id = builds.job_id LEFT JOIN pipelines ON pipelines.id = jobs.pipeline_id \
         WHERE attempts.running = 1 AND attempts.worker_id = ? ORDER BY attempts.id",
        values![worker.as_str()],
        |row| {
            let attempt = AttemptId(row.text(0)?);
            Ok(match row.opt_text(1)? {
                Some(build) => Held::Build {
                    attempt,
                    build: BuildId(build),
                    team: row.text(3)?,
                    pipeline: row.text(4)?,
                    job: row.text(5)?,
                    number: number_text(row.int(6)?, row.int(7)?),
                },
                None => Held::Check { attempt, check: CheckId(row.opt_text(2)?.unwrap_or_default()) },
            })
        },
    )
}
