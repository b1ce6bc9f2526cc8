//! Workers.

use super::time::Time;
use pikoci_store::read;
use serde::Serialize;
use utoipa::ToSchema;

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Worker {
    /// Its id.
    id: String,
    /// The number of its session: how often it has begun anew.
    session: u64,
    /// What it offers.
    tags: Vec<String>,
    /// It takes no more work, and ends when it is done.
    draining: bool,
    /// `held` while it is heard of, `ended` once it is taken to be gone.
    lease: &'static str,
    /// When it was noted last; now and then, and when something changes.
    seen_at: Option<Time>,
    /// What it runs, oldest first.
    running: Vec<Running>,
}

/// What a worker runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = WorkerRunning)]
enum Running {
    /// A build.
    Build {
        /// Its id.
        build: String,
        /// Its number.
        number: String,
        /// The team.
        team: String,
        /// The pipeline.
        pipeline: String,
        /// The job.
        job: String,
        /// The attempt.
        attempt: String,
    },
    /// A check.
    Check {
        /// Its id.
        check: String,
        /// The attempt.
        attempt: String,
    },
}

impl From<&read::Worker> for Worker {
    fn from(worker: &read::Worker) -> Self {
        Self {
            id: worker.id.to_string(),
            session: worker.session,
            tags: worker.tags.clone(),
            draining: worker.draining,
            lease: if worker.lease { "held" } else { "ended" },
            seen_at: Time::of(worker.seen_ms),
            running: worker.running.iter().map(Running::from).collect(),
        }
    }
}

impl From<&read::Held> for Running {
    fn from(held: &read::Held) -> Self {
        match held.clone() {
            read::Held::Build { attempt, build, team, pipeline, job, number } => {
                Self::Build { build: build.0, number, team, pipeline, job, attempt: attempt.0 }
            }
            read::Held::Check { attempt, check } => Self::Check { check: check.0, attempt: attempt.0 },
        }
    }
}
