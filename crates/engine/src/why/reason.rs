//! The reasons, their sentences, and what unblocks them.

use super::{Stopped, WhyFacts};
use crate::facts::JobInfo;
use std::fmt;

/// Why something does not run. Displays as one sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentence of each is its documentation, and names all its fields")]
pub enum Reason {
    Removed { job: String },
    Archived { job: String, pipeline: String },
    PipelinePaused { pipeline: String },
    Paused { job: String },
    WaitsForCheck { build: String, resource: String },
    LostProcesses { build: String, worker: String },
    GroupHeld { build: String, group: String, holder: String, lost: bool },
    Concurrency { build: String, limit: u32, holders: Vec<String>, lost: bool },
    NoWorker { build: String },
    NoWorkerWithTags { build: String, tags: String },
    WorkersDraining { build: String, workers: String },
    WorkersBusy { build: String, workers: String },
    Starts { build: String },
    Runs { builds: String },
    PinUnknown { input: String, resource: String, pin: String },
    PinNotPassed { input: String, resource: String, pin: String, upstream: String, unblock: String },
    PinBelowMark { job: String, resource: String, pin: String, mark: String },
    PinBuilt { resource: String, pin: String, written: bool },
    CheckFails { input: String, resource: String, since: String, error: String },
    FirstCheckRuns { input: String, resource: String },
    NeverChecked { input: String, resource: String },
    NoTick { input: String, at: Option<String> },
    NeverPut { input: String, resource: String },
    NoVersion { input: String, resource: String },
    NotPassed { input: String, resource: String, upstream: String, state: String, unblock: String },
    NothingCommon { inputs: String, upstream: String, unblock: String },
    OnlyByHand { job: String },
    Untrusted { input: String, version: String, unblock: String },
    Older { input: String, version: String, mark: String, unblock: String },
    UpToDate { build: String, at: Option<String>, unblock: String },
    New,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed { job } => write!(f, "job {job} is not in the pipeline any more"),
            Self::Archived { pipeline, .. } => write!(f, "pipeline {pipeline} is archived"),
            Self::PipelinePaused { pipeline } => write!(f, "pipeline {pipeline} is paused"),
            Self::Paused { job } => write!(f, "job {job} is paused"),
            Self::WaitsForCheck { build, resource } => write!(f, "#{build} waits for a check of {resource}"),
            Self::LostProcesses { build, worker } => {
                write!(f, "#{build} waits until processes of its lost attempt on worker {worker} are gone")
            }
            Self::GroupHeld { build, group, holder, lost: false } => {
                write!(f, "#{build} waits for the serial group `{group}`, which {holder} holds")
            }
            Self::GroupHeld { build, group, holder, lost: true } => write!(
                f,
                "#{build} waits for the serial group `{group}`, which may still be held by processes of {holder}, whose worker is lost"
            ),
            Self::Concurrency { build, limit, holders, .. } => {
                let run = if holders.len() == 1 { "runs" } else { "run" };
                write!(f, "#{build} waits: {limit} at once is the limit, and {} {run}", list(holders, "and"))
            }
            Self::NoWorker { build } => write!(f, "#{build} waits for a worker, and there is none"),
            Self::NoWorkerWithTags { build, tags } => write!(f, "#{build} waits for a worker with {tags}"),
            Self::WorkersDraining { build, workers } => {
                write!(f, "#{build} waits for a worker, and all that there are drain: {workers}")
            }
            Self::WorkersBusy { build, workers } => write!(f, "#{build} waits for a free slot on {workers}"),
            Self::Starts { build } => write!(f, "#{build} starts in a moment"),
            Self::Runs { builds } => write!(f, "running: {builds}"),
            _ => self.of_versions(f),
        }
    }
}

impl Reason {
    /// The sentences of what has to do with versions.
    fn of_versions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PinUnknown { input, resource, pin } => {
                write!(f, "`{input}` is held at {resource}@{pin}, which no check has found")
            }
            Self::PinNotPassed { input, resource, pin, upstream, .. } => {
                write!(f, "`{input}` is held at {resource}@{pin}, which did not pass `{upstream}`")
            }
            Self::PinBelowMark { resource, pin, mark, .. } => {
                write!(f, "{resource} is held at {pin}, which is older than what was built, {mark}")
            }
            Self::PinBuilt { resource, pin, .. } => write!(f, "{resource} is held at {pin}, which was built"),
            Self::CheckFails { input, resource, since, error } => write!(
                f,
                "`{input}` has no version: the check of {resource} has been failing since {since}: {error}"
            ),
            Self::FirstCheckRuns { input, resource } => {
                write!(f, "`{input}` has no version yet: the first check of {resource} is running")
            }
            Self::NeverChecked { input, resource } => {
                write!(f, "`{input}` has no version yet: {resource} has never been checked")
            }
            Self::NoTick { input, at: Some(at) } => {
                write!(f, "`{input}` has no version yet: its schedule is due at {at}")
            }
            Self::NoTick { input, at: None } => {
                write!(f, "`{input}` has no version: its schedule is never due again")
            }
            Self::NeverPut { input, resource } => {
                write!(f, "`{input}` has no version: no build has put {resource} yet")
            }
            Self::NoVersion { input, resource } => {
                write!(f, "`{input}` has no version: the check of {resource} finds none")
            }
            Self::NotPassed { input, resource, upstream, state, .. } => {
                write!(f, "`{input}`: no version of {resource} passed `{upstream}`, {state}")
            }
            Self::NothingCommon { inputs, upstream, .. } => {
                write!(f, "no versions for {inputs} passed {upstream} together")
            }
            Self::OnlyByHand { job } => {
                write!(f, "job {job} starts only by hand: none of its gets has `trigger = true`")
            }
            Self::Untrusted { input, version, .. } => {
                write!(f, "`{input}`: {version} comes from outside, and a build of it would get secrets")
            }
            Self::Older { input, version, mark, .. } => {
                write!(f, "`{input}`: {version} is older than what was built, {mark}")
            }
            Self::UpToDate { build, at: Some(at), .. } => {
                write!(f, "nothing is new since #{build}; the schedule is due at {at}")
            }
            Self::UpToDate { build, at: None, .. } => write!(f, "nothing is new since #{build}"),
            _ => write!(f, "a build of the newest versions is made in a moment"),
        }
    }

    /// What would unblock it: a command, or what has to happen. Nothing where a moment is enough, or nothing is blocked.
    pub fn unblock(&self) -> Option<String> {
        Some(match self {
            Self::Starts { .. } | Self::New | Self::FirstCheckRuns { .. } | Self::Runs { .. } => return None,
            Self::NotPassed { unblock, .. }
            | Self::PinNotPassed { unblock, .. }
            | Self::NothingCommon { unblock, .. }
            | Self::UpToDate { unblock, .. }
            | Self::Older { unblock, .. }
            | Self::Untrusted { unblock, .. } => unblock.clone(),
            Self::Removed { .. } => "write it into the text again, then pikoci pipeline set".to_owned(),
            Self::Archived { .. } => "pikoci pipeline set".to_owned(),
            Self::PipelinePaused { pipeline } => format!("pikoci pipeline unpause {pipeline}"),
            Self::Paused { job } => format!("pikoci job unpause {job}"),
            Self::PinBelowMark { job, .. } | Self::OnlyByHand { job } => format!("pikoci job trigger {job}"),
            Self::PinBuilt { resource, written: false, .. } => format!("pikoci resource unpin {resource}"),
            Self::PinBuilt { .. } => "take the version out of the text, then pikoci pipeline set".to_owned(),
            Self::WaitsForCheck { resource, .. }
            | Self::NeverChecked { resource, .. }
            | Self::NoVersion { resource, .. }
            | Self::PinUnknown { resource, .. } => format!("pikoci resource check {resource}"),
            Self::CheckFails { resource, .. } => {
                format!("mend what the check says, then pikoci resource check {resource}")
            }
            Self::NeverPut { resource, .. } => format!("a build that puts {resource}"),
            Self::NoTick { at: Some(at), .. } => format!("wait until {at}"),
            Self::NoTick { at: None, .. } => "write another schedule, then pikoci pipeline set".to_owned(),
            other => other.unblock_slot(),
        })
    }

    /// What gives a build a worker, and what it holds there.
    fn unblock_slot(&self) -> String {
        match self {
            Self::LostProcesses { worker, .. } => {
                format!("start worker {worker} again, or wait: they are given up after 5 minutes")
            }
            Self::GroupHeld { lost: true, .. } | Self::Concurrency { lost: true, .. } => {
                "start that worker again, or wait: they are given up after 5 minutes".to_owned()
            }
            Self::GroupHeld { holder, .. } => format!("the end of {holder}"),
            Self::Concurrency { holders, .. } => match &holders[..] {
                [holder] => format!("the end of {holder}"),
                _ => "the end of one of them".to_owned(),
            },
            Self::NoWorkerWithTags { tags, .. } => format!("start a worker with {tags}"),
            Self::WorkersBusy { .. } => "the end of a build there, or another worker".to_owned(),
            _ => "start a worker: pikoci server --run-worker".to_owned(),
        }
    }
}

pub(super) fn of_stopped(stopped: Stopped, facts: &WhyFacts) -> Reason {
    let (job, pipeline) = (address(&facts.job.info), pipeline(&facts.job.info));
    match stopped {
        Stopped::Removed => Reason::Removed { job },
        Stopped::Archived => Reason::Archived { job, pipeline },
        Stopped::PipelinePaused => Reason::PipelinePaused { pipeline },
        Stopped::Paused => Reason::Paused { job },
    }
}

/// `shop`; of another team than `main` with it: `team/shop`.
pub(super) fn pipeline(info: &JobInfo) -> String {
    match info.team.as_str() {
        "" | "main" => info.pipeline.clone(),
        team => format!("{team}/{}", info.pipeline),
    }
}

/// `shop/deploy`.
pub(super) fn address(info: &JobInfo) -> String {
    format!("{}/{}", pipeline(info), info.name)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} {word} {last}", names.join(", ")),
    }
}

/// An instant, in UTC.
pub(super) fn instant(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}
