//! Builds.

use super::step::{Status, Step};
use super::time::{Time, duration};
use super::version::split;
use crate::api::why::Waits;
use pikoci_store::read;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A build as it stands in lists: without its steps, and what it took and made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BuildBrief)]
pub(in crate::api) struct Brief {
    /// Its id.
    id: String,
    /// Its number within the job: `7`, of a rerun of it `7.1`.
    number: String,
    /// Of a rerun: the number of the build whose versions it takes.
    rerun_of: Option<String>,
    /// The team.
    team: String,
    /// The pipeline.
    pipeline: String,
    /// The job.
    job: String,
    /// Its state.
    status: Status,
    /// It succeeded, but only because a failure in it is allowed.
    warning: bool,
    /// It has been cancelled, and its processes are ending.
    cancelling: bool,
    /// Why it ended so, where there is something to say: `worker lost`.
    message: Option<String>,
    /// Why it is still pending, in a sentence; events leave it out, as it changes without one.
    waiting_for: Option<String>,
    /// What it was made for.
    cause: Cause,
    /// The line of work that it belongs to, a branch for example; mostly empty.
    space: String,
    /// Something in it comes from outside: it gets no secrets.
    untrusted: bool,
    /// The number of the pipeline's revision that it was made of.
    revision: Option<u64>,
    /// With how many workers it was lost.
    losses: u64,
    /// When it was made.
    created_at: Option<Time>,
    /// When it began to run.
    started_at: Option<Time>,
    /// When it ended.
    ended_at: Option<Time>,
    /// How long it ran, in milliseconds.
    duration_ms: Option<u64>,
    /// Who has it, or had it last.
    worker: Option<String>,
    /// The attempt that has it, or had it last: the first part of the ids of events.
    attempt: Option<String>,
}

/// A build whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Build {
    #[serde(flatten)]
    brief: Brief,
    /// What its gets took.
    inputs: Vec<Input>,
    /// The versions that its puts made, in order.
    outputs: Vec<Output>,
    /// All that has a log of its own, in written order.
    steps: Vec<Step>,
}

/// What a build was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Cause {
    /// What kind of cause.
    kind: CauseKind,
    /// Who asked for it.
    by: Option<String>,
    /// The versions, in words.
    detail: Option<String>,
}

/// What kind of cause a build has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CauseKind {
    /// New versions of what it gets.
    Versions,
    /// Somebody asked for it.
    Manual,
    /// Somebody asked for another build with the same versions.
    Rerun,
}

/// What a get of a build took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Input {
    /// The name of the step.
    name: String,
    /// The resource, `type.name`.
    resource: String,
    /// What identifies the version.
    version: BTreeMap<String, String>,
    /// What is known of the version beside; the keys begin with `_`.
    metadata: BTreeMap<String, String>,
}

/// A version that a put of a build made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Output {
    /// The index of the step.
    step: u32,
    /// The name of the step.
    name: Option<String>,
    /// The resource, `type.name`.
    resource: String,
    /// What identifies the version.
    version: BTreeMap<String, String>,
    /// What is known of the version beside; the keys begin with `_`.
    metadata: BTreeMap<String, String>,
}

impl From<&read::Build> for Brief {
    fn from(build: &read::Build) -> Self {
        Self {
            id: build.id.to_string(),
            number: build.number_text(),
            rerun_of: (build.rerun > 0).then(|| build.number.to_string()),
            team: build.team.clone(),
            pipeline: build.pipeline.clone(),
            job: build.job.clone(),
            status: build.status.into(),
            warning: build.warning,
            cancelling: build.cancel && !build.status.is_final(),
            message: build.message.clone().or_else(|| cancel_reason(build)),
            waiting_for: None,
            cause: Cause::from(build),
            space: build.space.clone(),
            untrusted: build.untrusted,
            revision: build.revision,
            losses: build.losses,
            created_at: Time::of(build.created_ms),
            started_at: Time::of(build.started_ms),
            ended_at: Time::of(build.ended_ms),
            duration_ms: duration(build.started_ms, build.ended_ms),
            worker: build.worker.as_ref().map(ToString::to_string),
            attempt: build.attempt.as_ref().map(ToString::to_string),
        }
    }
}

impl Brief {
    /// With what it waits for.
    pub(in crate::api) fn waiting(build: &read::Build, waits: &Waits) -> Self {
        Self { waiting_for: waits.of(build), ..Self::from(build) }
    }
}

impl Build {
    /// With what it waits for.
    pub(in crate::api) fn waiting(build: &read::Build, waits: &Waits) -> Self {
        Self { brief: Brief::waiting(build, waits), ..Self::from(build) }
    }
}

impl From<&read::Build> for Build {
    fn from(build: &read::Build) -> Self {
        Self {
            brief: build.into(),
            inputs: build.inputs.iter().map(Input::from).collect(),
            outputs: build.outputs.iter().map(|made| Output::of(build, made)).collect(),
            steps: (0..build.outline.len() as u32).map(|index| Step::of(build, index)).collect(),
        }
    }
}

impl From<&read::Input> for Input {
    fn from(input: &read::Input) -> Self {
        let (version, metadata) = split(&input.version);
        Self { name: input.name.clone(), resource: input.resource.clone(), version, metadata }
    }
}

impl Output {
    fn of(build: &read::Build, made: &read::Made) -> Self {
        let (version, metadata) = split(&made.version);
        let name = build.outline.get(made.step as usize).map(|row| row.name.clone());
        Self { step: made.step, name, resource: made.resource.clone(), version, metadata }
    }
}

impl From<&read::Build> for Cause {
    fn from(build: &read::Build) -> Self {
        let by = Some(build.made_by.clone()).filter(|by| !by.is_empty());
        let kind = match build.cause_kind() {
            read::CauseKind::Versions => CauseKind::Versions,
            read::CauseKind::Manual => CauseKind::Manual,
            read::CauseKind::Rerun => CauseKind::Rerun,
        };
        if kind != CauseKind::Versions {
            return Self { kind, by, detail: None };
        }
        let texts = build.inputs.iter().map(|input| {
            let keys: Vec<_> =
                input.version.identifying().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {}", input.resource, keys.join(" "))
        });
        Self { kind, by, detail: Some(texts.collect::<Vec<_>>().join(", ")) }
    }
}

/// Why a build that still runs is to end.
fn cancel_reason(build: &read::Build) -> Option<String> {
    build.cancel_reason.clone().filter(|_| !build.status.is_final())
}
