//! Steps of builds.

use super::time::{Time, duration};
use pikoci_engine::part::OutlineRow;
use pikoci_plan::status;
use pikoci_store::StepRow;
use pikoci_store::read::Build;
use serde::Serialize;
use utoipa::ToSchema;

/// Something of a build that has a log of its own: a service, a step with what is in it, a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Step {
    /// Its place in written order, from 0: what logs and events name it by.
    index: u32,
    /// Its name.
    name: String,
    /// `service`, `get`, `task`, `put`, `hook`, `in_parallel`, `do` or `if`.
    kind: String,
    /// How many steps it stands in; 0 is the job itself.
    depth: u32,
    /// Its state.
    status: Status,
    /// When it began.
    started_at: Option<Time>,
    /// When it ended.
    ended_at: Option<Time>,
    /// How long it took, in milliseconds.
    duration_ms: Option<u64>,
    /// What happened, in a sentence: `exit code 2`.
    message: Option<String>,
    /// It succeeded, but only because its failure is allowed.
    warning: bool,
}

/// The state of a build or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BuildStatus)]
#[serde(rename_all = "snake_case")]
pub(in crate::api) enum Status {
    /// It exists and has not begun.
    Pending,
    /// It runs.
    Running,
    /// All that was asked for was done.
    Succeeded,
    /// What the user wrote said no.
    Failed,
    /// Infrastructure trouble.
    Errored,
    /// Somebody, or a newer build, cancelled it.
    Cancelled,
    /// Of a step: it was not reached.
    Skipped,
}

impl From<status::Status> for Status {
    fn from(status: status::Status) -> Self {
        match status {
            status::Status::Pending => Self::Pending,
            status::Status::Running => Self::Running,
            status::Status::Succeeded => Self::Succeeded,
            status::Status::Failed => Self::Failed,
            status::Status::Errored => Self::Errored,
            status::Status::Cancelled => Self::Cancelled,
            status::Status::Skipped => Self::Skipped,
        }
    }
}

impl Step {
    /// The step of a build with that index.
    pub(in crate::api) fn of(build: &Build, index: u32) -> Self {
        let OutlineRow { name, kind, depth } = build.outline.get(index as usize).cloned().unwrap_or_default();
        let row: Option<&StepRow> = build.steps.iter().find(|row| row.step == index);
        let status = row.map_or(status::Status::Pending, |row| row.status);
        let unreached = status == status::Status::Pending && build.status.is_final();
        let (started, ended) = (row.and_then(|row| row.started_ms), row.and_then(|row| row.ended_ms));
        Self {
            index,
            name,
            kind,
            depth,
            status: if unreached { Status::Skipped } else { status.into() },
            started_at: Time::of(started),
            ended_at: Time::of(ended),
            duration_ms: duration(started, ended),
            message: row.and_then(|row| row.message.clone()),
            warning: row.is_some_and(|row| row.warning),
        }
    }

    /// A step as it was when it began.
    pub(in crate::api) fn began(build: &Build, row: &StepRow) -> Self {
        Self {
            status: Status::Running,
            ended_at: None,
            duration_ms: None,
            message: None,
            warning: false,
            ..Self::of(build, row.step)
        }
    }
}
