//! What an input may take, for what purpose.

use super::group::Group;
use super::search::{Marks, Variable};
use crate::facts::{InputFacts, Interruptible, JobFacts, Stored};
use std::collections::{BTreeMap, BTreeSet};

/// By input and space, of the inputs of a group that trigger: the newest taken, below which no automatic build goes.
pub(super) fn marks<'a>(job: &'a JobFacts, group: &Group) -> Marks<'a> {
    let of = |&input: &usize| {
        let marks = &job.inputs[input].marks;
        marks.iter().map(move |(space, mark)| ((input, space.as_str()), mark.order))
    };
    group.inputs[..group.triggers].iter().flat_map(of).collect()
}

/// What starts builds: of an input that triggers each version in a slot of its own, oldest first; where only the newest
/// counts, each space is one slot.
pub(super) fn starting(job: &JobFacts, input: usize) -> Variable<'_> {
    let of = &job.inputs[input];
    let all = match (&of.pin, of.passed.is_empty()) {
        (Some(pin), true) => pin.version.iter().collect(),
        (None, true) => of.next.iter().collect(),
        (_, false) => passed(job, input),
    };
    let mut slots: BTreeMap<(&str, Option<u64>), Vec<&Stored>> = BTreeMap::new();
    let trusted = all.into_iter().filter(|version| !(job.trusted_only && version.untrusted));
    for version in trusted.filter(|version| !below_mark(of, version)) {
        let newest_only = only_newest(job, of) || !of.marks.contains_key(&version.space);
        let slot = (version.space.as_str(), (!newest_only).then_some(version.order));
        slots.entry(slot).or_default().push(version);
    }
    let mut slots: Vec<_> = slots.into_values().collect();
    slots.iter_mut().for_each(|slot| slot.sort_by_key(|version| std::cmp::Reverse(version.order)));
    slots.sort_by_key(|slot| slot.first().map(|newest| newest.order));
    Variable { input, slots, bound: true }
}

/// What a triggering input stays at while others move on: what the job took last there, unless it has taken something
/// newer since, or may not take that.
pub(super) fn staying(job: &JobFacts, input: usize) -> Variable<'_> {
    let of = &job.inputs[input];
    let mut all = allowed(job, input);
    if of.passed.is_empty() && of.pin.is_none() {
        all.extend(of.marks.values().chain(&of.last).filter(|version| trusted(job, of, version)));
    }
    all.retain(|version| !below_mark(of, version));
    let is_last = |version: &Stored| of.last.as_ref().is_some_and(|last| last.id == version.id);
    all.sort_by_key(|version| (!is_last(version), std::cmp::Reverse(version.order)));
    Variable { input, slots: vec![all], bound: true }
}

/// The newest version that is allowed, and what to fall back to where it does not go with the rest.
pub(super) fn newest(job: &JobFacts, input: usize) -> Variable<'_> {
    let mut all = allowed(job, input);
    all.sort_by_key(|version| std::cmp::Reverse(version.order));
    Variable { input, slots: vec![all], bound: true }
}

/// Whether of its versions only the newest of a space counts.
fn only_newest(job: &JobFacts, input: &InputFacts) -> bool {
    input.latest || job.catch_up || job.info.interruptible != Interruptible::Never
}

fn allowed(job: &JobFacts, input: usize) -> Vec<&Stored> {
    let of = &job.inputs[input];
    let mut all = match (&of.pin, of.passed.is_empty()) {
        (Some(pin), true) => pin.version.iter().collect(),
        (None, true) => of.newest.iter().collect(),
        (_, false) => passed(job, input),
    };
    all.retain(|version| trusted(job, of, version));
    all
}

fn trusted(job: &JobFacts, input: &InputFacts, version: &Stored) -> bool {
    !(job.trusted_only && version.untrusted && input.pin.is_none())
}

/// Whether no build of the job has taken it, nor anything newer in its space.
pub(super) fn is_new(input: &InputFacts, version: &Stored) -> bool {
    !version.taken && input.marks.get(&version.space).is_none_or(|mark| mark.order < version.order)
}

fn below_mark(input: &InputFacts, version: &Stored) -> bool {
    input.marks.get(&version.space).is_some_and(|mark| version.order < mark.order)
}

/// The versions of an input that have passed all that it names, and are what it is held at, if it is.
fn passed(job: &JobFacts, input: usize) -> Vec<&Stored> {
    let of = &job.inputs[input];
    let mut named = of.passed.iter().map(|(id, _)| held(job, id, input));
    let Some(mut all) = named.next() else { return Vec::new() };
    for also in named {
        all.retain(|id, _| also.contains_key(id));
    }
    let pinned: Option<BTreeSet<_>> =
        of.pin.as_ref().map(|pin| pin.version.iter().map(|version| version.id.as_str()).collect());
    all.retain(|id, _| pinned.as_ref().is_none_or(|pinned| pinned.contains(id)));
    all.into_values().collect()
}

/// By id: the versions of an input that builds of an upstream job hold.
fn held<'a>(
    job: &'a JobFacts,
    upstream: &pikoci_plan::id::JobId,
    input: usize,
) -> BTreeMap<&'a str, &'a Stored> {
    let builds = job.upstream.get(upstream).into_iter().flatten();
    let versions = builds.filter_map(|build| build.versions.get(&input)).flatten();
    versions.map(|version| (version.id.as_str(), version)).collect()
}
