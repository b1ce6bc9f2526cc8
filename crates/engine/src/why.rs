//! Why a job is not running, and what would change that.
//!
//! The same rules that decide ([`crate::inputs`], [`crate::queue`]) are asked what they wait for. Each [`Reason`] has one
//! exact sentence, and names what unblocks it.

mod automatic;
mod reason;
mod waiting;

pub use reason::Reason;

use crate::facts::{Holder, JobFacts};
use pikoci_plan::id::{JobId, ResourceId};
use pikoci_plan::status::Outcome;
use std::collections::BTreeMap;

/// What is known of a job, for the question why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhyFacts {
    /// What its decision reads.
    pub job: JobFacts,
    /// Why it makes no builds at all, if it does not.
    pub stopped: Option<Stopped>,
    /// The number of its newest build, in words; `None` before the first.
    pub newest_build: Option<String>,
    /// The numbers of its running builds, in words.
    pub running: Vec<String>,
    /// Its oldest pending builds, the oldest first; a few are enough.
    pub pending: Vec<Pending>,
    /// Who has each of the holds that it names.
    pub holds: BTreeMap<String, Holder>,
    /// The workers that this server hears of.
    pub workers: Vec<Worker>,
    /// What is known of the checks of its inputs' resources.
    pub checks: BTreeMap<ResourceId, Check>,
    /// What is known of the jobs that its inputs name in `passed`.
    pub upstream: BTreeMap<JobId, Upstream>,
}

/// Why a job makes no builds at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It is not in the pipeline any more.
    Removed,
    /// Its pipeline is archived.
    Archived,
    /// Its pipeline is paused.
    PipelinePaused,
    /// It is paused itself.
    Paused,
}

/// A pending build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// Its number, in words: `7`, `7.1`.
    pub number: String,
    /// It has all its versions.
    pub ready: bool,
    /// The resources whose check it waits for, by name.
    pub waits_for: Vec<String>,
    /// Its attempt was lost, and processes of it may still be there, on the worker of this name.
    pub lost_on: Option<String>,
}

/// A worker, as far as it is heard of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worker {
    /// Its name.
    pub name: String,
    /// What it offers.
    pub tags: Vec<String>,
    /// How many of its slots are free.
    pub free: u32,
    /// It takes no more work.
    pub draining: bool,
    /// It was heard of lately.
    pub fresh: bool,
}

/// The check of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It has never run.
    Never,
    /// It runs for the first time.
    First,
    /// It works.
    Works,
    /// It fails.
    Failing {
        /// Since when (milliseconds since 1970).
        since_ms: u64,
        /// What it said last.
        error: String,
    },
    /// It is a schedule, whose next instant is this (milliseconds since 1970), if there is one.
    Schedule(Option<u64>),
    /// The resource has no check: only puts make versions.
    None,
}

/// A job that is named in `passed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upstream {
    /// It, or its pipeline, is paused.
    pub paused: bool,
    /// A build of it is pending or running.
    pub open: bool,
    /// How its newest build that has ended ended.
    pub last: Option<Outcome>,
}

/// Why no build of the job runs now, the most important reason first. Never empty.
///
/// What stops the job as a whole comes before what its oldest pending build waits for, and this before why no version
/// makes another build. A job that runs, with nothing waiting, has that as its only reason.
pub fn why(facts: &WhyFacts) -> Vec<Reason> {
    if let Some(stopped) = facts.stopped {
        return vec![reason::of_stopped(stopped, facts)];
    }
    let mut reasons = waiting::reasons(facts);
    if reasons.is_empty() && facts.pending.is_empty() && !facts.running.is_empty() {
        let builds: Vec<_> = facts.running.iter().map(|number| format!("#{number}")).collect();
        return vec![Reason::Runs { builds: builds.join(", ") }];
    }
    // Whoever triggered the build that waits needs no advice to trigger one.
    let known = |reason: &Reason| !facts.pending.is_empty() && matches!(reason, Reason::OnlyByHand { .. });
    for reason in automatic::reasons(facts) {
        if !reasons.contains(&reason) && !known(&reason) {
            reasons.push(reason);
        }
    }
    if let (true, Some(build)) = (reasons.is_empty(), facts.pending.first()) {
        reasons.push(Reason::Starts { build: build.number.clone() });
    }
    reasons
}
