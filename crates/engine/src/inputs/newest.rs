//! The newest versions that go together: what builds by hand take, and inputs that start nothing.

use super::Taken;
use super::candidates;
use super::group::{Group, groups};
use super::search::{Rules, Set, Variable, search};
use crate::facts::{InputFacts, JobFacts, Stored};
use pikoci_plan::id::ResourceId;
use std::collections::BTreeMap;

/// Whether resources that are looked at only when a build needs it are to be looked at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// They are.
    Check,
    /// They were.
    Known,
}

/// What was chosen.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// As far as it could be, in written order.
    pub(super) taken: Vec<Taken>,
    /// What is to be checked before the rest can be.
    pub(super) needs: Vec<ResourceId>,
    /// Whether only what `needs` names is missing.
    pub(super) all: bool,
}

/// Chooses for all inputs; those in `fixed`, by name, take what stands there.
pub(super) fn choose(job: &JobFacts, fixed: &BTreeMap<String, Stored>, look: Look) -> Chosen {
    let mut chosen = Chosen { all: true, ..Chosen::default() };
    for group in groups(job) {
        if let Some(resource) = needs(job, &group, fixed).filter(|_| look == Look::Check) {
            if !chosen.needs.contains(resource) {
                chosen.needs.push(resource.clone());
            }
            continue;
        }
        let set = of_group(job, &group, fixed).unwrap_or_else(|| named(job, &group, fixed));
        chosen.all &= set.len() == group.inputs.len();
        chosen.taken.extend(taken(set));
    }
    chosen.taken.sort_by_key(|taken| taken.input);
    chosen
}

/// The resource that is to be checked before the group's version is chosen. What must have passed something needs no
/// check: only what has counts. Nor does what is held at a version.
pub(super) fn needs<'a>(
    job: &'a JobFacts,
    group: &Group,
    fixed: &BTreeMap<String, Stored>,
) -> Option<&'a ResourceId> {
    let looked_at = |input: &&InputFacts| {
        input.on_demand && input.passed.is_empty() && input.pin.is_none() && !fixed.contains_key(&input.name)
    };
    group.inputs.iter().map(|&input| &job.inputs[input]).find(looked_at).map(|input| &input.resource)
}

/// The greatest versions of a group's inputs that go together. What is fixed need not have passed anything, but if it has
/// the others go with it.
pub(super) fn of_group<'a>(
    job: &'a JobFacts,
    group: &Group,
    fixed: &'a BTreeMap<String, Stored>,
) -> Option<Set<'a>> {
    let variable = |&input: &usize| match fixed.get(&job.inputs[input].name) {
        Some(version) => Variable { input, slots: vec![vec![version]], bound: true },
        None => candidates::newest(job, input),
    };
    let mut variables: Vec<_> = group.inputs.iter().map(variable).collect();
    let first = |variables: &[Variable<'a>]| search(job, variables, Rules::default()).sets.into_iter().next();
    first(&variables).or_else(|| {
        for variable in &mut variables {
            variable.bound = !fixed.contains_key(&job.inputs[variable.input].name);
        }
        first(&variables)
    })
}

fn named<'a>(job: &JobFacts, group: &Group, fixed: &'a BTreeMap<String, Stored>) -> Set<'a> {
    let of = |&input: &usize| Some((input, fixed.get(&job.inputs[input].name)?));
    group.inputs.iter().filter_map(of).collect()
}

/// A set with versions of its own.
pub(super) fn taken(set: Set<'_>) -> impl Iterator<Item = Taken> + '_ {
    set.into_iter().map(|(input, version)| Taken { input, version: version.clone() })
}
