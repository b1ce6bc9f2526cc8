//! Which builds a job's new versions make, and which versions a build takes.
//!
//! *New* means in no build of the job. The *mark* of a job at an input, in a space, is the newest version that it has
//! taken there. Every new version above the mark makes a build, oldest first; a job, an input or a space that has not
//! taken any yet begins with the newest and not with the backlog.
//!
//! Inputs that name a common job in `passed` are chosen [together](group), by a bounded [search] over the
//! builds of those jobs; all else is chosen for itself, by the same search. What may be taken for what purpose is
//! [`candidates`]; [`automatic`] goes through it in steps, [`newest`] takes the best of it.

mod automatic;
mod candidates;
mod group;
mod join;
mod newest;
mod search;
mod space;

use crate::cause::Cause;
use crate::facts::{Horizon, JobFacts, Stored};
use pikoci_plan::id::{BuildId, ResourceId};
use std::collections::BTreeMap;

/// The version that one `get` of a build takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The index of the input in [`JobFacts::inputs`].
    pub input: usize,
    /// The version.
    pub version: Stored,
}

/// A build that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextBuild {
    /// What it is made for.
    pub cause: Cause,
    /// What its gets take, in written order; those whose resource is in `needs` are missing.
    pub inputs: Vec<Taken>,
    /// Its line of work: the spaces of its triggering inputs, joined by U+001F; empty where all are. Where that is longer
    /// than 190 characters it is the SHA-256 of it, in hex.
    pub space: String,
    /// Whether something in it comes from outside.
    pub untrusted: bool,
    /// Resources that are to be checked before the rest is chosen.
    pub needs: Vec<ResourceId>,
    /// Pending builds that end because of it.
    pub supersedes: Vec<BuildId>,
    /// Running builds that are cancelled because of it.
    pub interrupts: Vec<BuildId>,
}

/// What a job's facts lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The builds that new versions make, oldest first.
    pub builds: Vec<NextBuild>,
    /// Pending builds whose versions can be chosen now.
    pub resolved: Vec<(BuildId, Vec<Taken>)>,
    /// How far it has looked; empty where something kept it from making builds.
    pub horizons: Vec<Horizon>,
    /// Nothing is to be caught up with any more after a pause or a pin.
    pub caught_up: bool,
    /// There was more to decide than was read.
    pub more: bool,
}

/// What a build by hand takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByHand {
    /// What its gets take, in written order, as far as it can be chosen.
    pub inputs: Vec<Taken>,
    /// Resources that are to be checked before the rest is chosen.
    pub needs: Vec<ResourceId>,
    /// Whether all is chosen.
    pub ready: bool,
    /// Its line of work, as of [`NextBuild::space`].
    pub space: String,
    /// Whether something in it comes from outside.
    pub untrusted: bool,
}

/// What a job's new versions lead to, and which builds that wait for versions can have them now.
pub fn decide(job: &JobFacts) -> Decision {
    let resolved = resolve(job);
    if job.more_unresolved && !resolved.is_empty() {
        // The others first: no build is made for what they take.
        return Decision { resolved, more: true, ..Decision::default() };
    }
    let automatic = match resolved.as_slice() {
        [] => automatic::decide(job),
        _ => automatic::decide(&with_taken(job, resolved.iter().flat_map(|(_, taken)| taken))),
    };
    Decision { resolved, ..automatic }
}

/// The job as it is once these versions are taken: no other build is made for them.
fn with_taken<'a>(job: &JobFacts, all: impl Iterator<Item = &'a Taken>) -> JobFacts {
    let mut job = job.clone();
    for Taken { input, version } in all {
        let marks = &mut job.inputs[*input].marks;
        if marks.get(&version.space).is_none_or(|mark| mark.order < version.order) {
            marks.insert(version.space.clone(), version.clone());
        }
    }
    job
}

/// The versions that a build made by hand takes: of each input the newest that is allowed, but for those that who asks
/// for it names (by the name of the input), which need not be new, nor have passed anything.
pub fn by_hand(job: &JobFacts, named: &BTreeMap<String, Stored>) -> ByHand {
    let chosen = newest::choose(job, named, newest::Look::Check);
    ByHand {
        ready: chosen.all && chosen.needs.is_empty(),
        space: space::of(job, &chosen.taken),
        untrusted: chosen.taken.iter().any(|taken| taken.version.untrusted),
        needs: chosen.needs,
        inputs: chosen.taken,
    }
}

/// The inputs that are chosen together with one, by index.
pub(crate) fn together(job: &JobFacts, input: usize) -> Vec<usize> {
    let mut groups = group::groups(job).into_iter().map(|group| group.inputs);
    groups.find(|inputs| inputs.contains(&input)).unwrap_or_default()
}

/// Builds that wait for no check any more and whose inputs all have a version now.
fn resolve(job: &JobFacts) -> Vec<(BuildId, Vec<Taken>)> {
    let waiting = job.unresolved.iter().filter(|build| build.waits_for.is_empty());
    let chosen = waiting.map(|build| (build, newest::choose(job, &build.taken, newest::Look::Known)));
    let complete = chosen.filter(|(_, chosen)| chosen.all);
    complete.map(|(build, chosen)| (build.build.clone(), chosen.taken)).collect()
}
