//! The builds that new versions make.
//!
//! Each group of inputs that has one that triggers has a queue of steps: versions, at least one of them new. The first
//! build takes the first step of each queue, the second the second; a group whose queue is at its end stays where it is.

use super::group::{Group, groups};
use super::search::{Found, Rules, Set, search};
use super::{Decision, NextBuild, Taken, candidates, newest, space};
use crate::cause::Cause;
use crate::facts::{Interruptible, JobFacts, OpenBuild};
use pikoci_plan::id::{BuildId, ResourceId};
use std::collections::{BTreeMap, BTreeSet};

/// What the job's new versions lead to.
pub(super) fn decide(job: &JobFacts) -> Decision {
    if job.info.paused || job.info.plan.is_none() {
        return Decision::default();
    }
    let groups = groups(job);
    let queues: Vec<_> = groups.iter().map(|group| queue(job, group)).collect();
    let rounds = queues.iter().map(|queue| queue.sets.len()).max().unwrap_or_default();
    let cut = queues.iter().any(|queue| queue.cut);
    let builds = if rounds == 0 { Some(Vec::new()) } else { builds(job, &groups, queues, rounds) };
    match builds {
        // Something has no version: all of this is to be seen again.
        None => Decision::default(),
        Some(builds) => Decision {
            resolved: Vec::new(),
            horizons: if cut { Vec::new() } else { job.horizons.clone() },
            // Where there is more, only the newest of that counts too.
            caught_up: !cut
                && !job.more
                && !job.inputs.iter().any(|input| input.trigger && input.pin.is_some()),
            // What a bound has cut off is looked at again, unless that would only come to the same end.
            more: if cut { !builds.is_empty() } else { job.more },
            builds,
        },
    }
}

/// The steps of a group.
fn queue<'a>(job: &'a JobFacts, group: &Group) -> Found<'a> {
    if group.triggers == 0 {
        return Found::default();
    }
    let (triggering, others) = group.inputs.split_at(group.triggers);
    let starting = triggering.iter().map(|&input| candidates::starting(job, input));
    let others = others.iter().map(|&input| candidates::newest(job, input));
    let variables: Vec<_> = starting.chain(others).collect();
    let rules = Rules { marks: candidates::marks(job, group), new_among: Some(group.triggers) };
    search(job, &variables, rules)
}

/// What a group without a step takes: if it triggers what it took last, else the newest.
fn rest<'a>(job: &'a JobFacts, group: &Group) -> Option<Set<'a>> {
    let (triggering, others) = group.inputs.split_at(group.triggers);
    let staying = triggering.iter().map(|&input| candidates::staying(job, input));
    let others = others.iter().map(|&input| candidates::newest(job, input));
    let variables: Vec<_> = staying.chain(others).collect();
    search(job, &variables, Rules::default()).sets.into_iter().next()
}

/// The builds of all rounds; nothing if an input has no version that it may take.
fn builds(job: &JobFacts, groups: &[Group], queues: Vec<Found<'_>>, rounds: usize) -> Option<Vec<NextBuild>> {
    let mut needs: Vec<ResourceId> = Vec::new();
    let mut takes: Vec<Vec<Taken>> = vec![Vec::new(); rounds];
    for (group, queue) in groups.iter().zip(queues) {
        if let Some(resource) = newest::needs(job, group, &BTreeMap::new()).filter(|_| group.triggers == 0) {
            needs.push(resource.clone());
            continue;
        }
        let first = if queue.sets.is_empty() { vec![rest(job, group)?] } else { queue.sets };
        for (round, takes) in takes.iter_mut().enumerate() {
            takes.extend(newest::taken(first[round.min(first.len() - 1)].clone()));
        }
    }
    needs.sort();
    needs.dedup();
    let mut making = Making { job, needs, open: job.open.iter().collect(), taken: BTreeSet::new() };
    Some(takes.into_iter().map(|taken| making.build(taken)).collect())
}

/// Builds of one decision, one after the other.
struct Making<'a> {
    job: &'a JobFacts,
    needs: Vec<ResourceId>,
    /// The open builds that none of them has ended.
    open: Vec<&'a OpenBuild>,
    /// By input: the versions that those before have taken.
    taken: BTreeSet<(usize, String)>,
}

impl Making<'_> {
    fn build(&mut self, mut inputs: Vec<Taken>) -> NextBuild {
        inputs.sort_by_key(|taken| taken.input);
        let space = space::of(self.job, &inputs);
        let (supersedes, interrupts) =
            if self.overtakes(&inputs) { self.overtaken(&space) } else { (Vec::new(), Vec::new()) };
        let triggering = inputs.iter().map(|taken| (&self.job.inputs[taken.input], &taken.version));
        let cause = triggering.filter(|(input, _)| input.trigger);
        NextBuild {
            cause: Cause::versions(
                cause.map(|(input, version)| (input.resource_name.as_str(), &version.version)),
            ),
            untrusted: inputs.iter().any(|taken| taken.version.untrusted),
            needs: self.needs.clone(),
            supersedes,
            interrupts,
            space,
            inputs,
        }
    }

    /// Whether it makes older builds of its space needless: of all that is new in it only the newest counts.
    fn overtakes(&mut self, inputs: &[Taken]) -> bool {
        let mut all = true;
        for Taken { input, version } in inputs.iter().filter(|taken| self.job.inputs[taken.input].trigger) {
            let input_facts = &self.job.inputs[*input];
            let first = self.taken.insert((*input, version.id.clone()));
            all &= !(first && candidates::is_new(input_facts, version)) || input_facts.latest;
        }
        all || self.job.info.interruptible != Interruptible::Never
    }

    /// The builds of a space that end because of a newer one, each once: those that are pending, those that run.
    fn overtaken(&mut self, space: &str) -> (Vec<BuildId>, Vec<BuildId>) {
        let (same, others): (Vec<_>, Vec<_>) = self.open.iter().partition(|build| build.space == space);
        self.open = others;
        let (pending, running): (Vec<&OpenBuild>, Vec<&OpenBuild>) =
            same.into_iter().partition(|build| build.attempt.is_none());
        let ids = |builds: Vec<&OpenBuild>| builds.iter().map(|build| build.build.clone()).collect();
        let interrupts = self.job.info.interruptible == Interruptible::Always;
        (ids(pending), if interrupts { ids(running) } else { Vec::new() })
    }
}
