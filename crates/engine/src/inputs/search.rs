//! The search for versions that go together.
//!
//! An input with `passed` takes a version that a build of each named job holds, and of each job one build holds what all
//! inputs that name it take. So choosing a version for an input narrows, for each of its jobs, the builds that are left;
//! where none is left the version does not go with those chosen before. In general that is a hard problem (it can
//! express the colouring of a graph), so the work is bounded: see [`MOST_WORK`].

use crate::facts::{JobFacts, Stored};
use pikoci_plan::id::JobId;
use std::collections::BTreeMap;

/// The most work of one search: versions tried, and builds looked at for each.
pub(super) const MOST_WORK: usize = 1_000_000;
/// The most sets that one search finds.
pub(super) const MOST_SETS: usize = 100;

/// An input, and what it may take.
#[derive(Debug, Clone)]
pub(super) struct Variable<'a> {
    /// The index of the input.
    pub(super) input: usize,
    /// Of each slot the first version that goes with the others is taken, and then the next slot is looked at.
    pub(super) slots: Vec<Vec<&'a Stored>>,
    /// Whether what it takes must have passed the jobs that it names.
    pub(super) bound: bool,
}

/// Versions that go together: the index of the input, and what it takes.
pub(super) type Set<'a> = Vec<(usize, &'a Stored)>;

/// By input and space the order of the newest version taken.
pub(super) type Marks<'a> = BTreeMap<(usize, &'a str), u64>;

/// What a search may find.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules<'a> {
    /// Nothing below these. They move with each set that is found.
    pub(super) marks: Marks<'a>,
    /// Of the first so many variables at least one takes what is new: above its mark, and not taken. Sets that are not so
    /// are passed over.
    pub(super) new_among: Option<usize>,
}

/// What a search has found.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// The sets, in the order of the slots: the first variable's first slot first.
    pub(super) sets: Vec<Set<'a>>,
    /// It was ended by a bound: there may be more.
    pub(super) cut: bool,
}

/// Goes through the variables' slots.
pub(super) fn search<'a>(job: &'a JobFacts, variables: &[Variable<'a>], rules: Rules<'a>) -> Found<'a> {
    let upstream = Upstream::new(job, variables);
    let left = upstream.builds.clone();
    let (set, found) = (Vec::with_capacity(variables.len()), Found::default());
    let mut search = Search { job, variables, upstream, rules, left, set, work: 0, found };
    search.descend(0);
    search.found
}

struct Search<'a, 'v> {
    job: &'a JobFacts,
    variables: &'v [Variable<'a>],
    upstream: Upstream<'a>,
    rules: Rules<'a>,
    /// By job: the builds that hold all that was chosen so far.
    left: BTreeMap<&'a JobId, Vec<usize>>,
    set: Set<'a>,
    work: usize,
    found: Found<'a>,
}

impl<'a, 'v> Search<'a, 'v> {
    /// Chooses for the variables from this one on. Whether the ones before have what they need: if not, they try
    /// something else.
    fn descend(&mut self, depth: usize) -> bool {
        if self.rules.new_among == Some(depth) && !self.set.iter().any(|of| self.is_new(of)) {
            return true;
        }
        let variables: &'v [Variable<'a>] = self.variables;
        let Some(variable) = variables.get(depth) else {
            self.take();
            return true;
        };
        // No closure that ends early: what one slot finds moves the marks for the next.
        let mut any = false;
        for slot in &variable.slots {
            any |= slot.iter().any(|version| self.choose(depth, variable, version));
        }
        any
    }

    fn choose(&mut self, depth: usize, variable: &Variable<'a>, version: &'a Stored) -> bool {
        self.work += 1;
        self.found.cut |= self.work > MOST_WORK || self.found.sets.len() >= MOST_SETS;
        if self.found.cut || self.mark(variable.input, version).is_some_and(|mark| version.order < mark) {
            return false;
        }
        let Some(before) = self.narrow(variable, version) else { return false };
        self.set.push((variable.input, version));
        let fits = self.descend(depth + 1);
        self.set.pop();
        self.left.extend(before);
        fits
    }

    /// Leaves, of each job that the version must have passed, the builds that hold it; what was left before, to be put
    /// back, is the answer. Nothing if none is left of one.
    fn narrow(&mut self, variable: &Variable<'a>, version: &Stored) -> Option<Vec<(&'a JobId, Vec<usize>)>> {
        let mut narrowed = Vec::new();
        for (passed, _) in self.job.inputs[variable.input].passed.iter().filter(|_| variable.bound) {
            let holding = self.upstream.holding.get(&(passed, variable.input, version.id.as_str()))?;
            let left = self.left.get(passed)?;
            self.work += holding.len();
            let both: Vec<_> =
                holding.iter().copied().filter(|build| left.binary_search(build).is_ok()).collect();
            if both.is_empty() {
                return None;
            }
            narrowed.push((passed, both));
        }
        let put = |(passed, both)| Some((passed, self.left.insert(passed, both)?));
        Some(narrowed.into_iter().filter_map(put).collect())
    }

    fn mark(&self, input: usize, version: &'a Stored) -> Option<u64> {
        self.rules.marks.get(&(input, version.space.as_str())).copied()
    }

    fn is_new(&self, (input, version): &(usize, &'a Stored)) -> bool {
        !version.taken && self.mark(*input, version).is_none_or(|mark| mark < version.order)
    }

    fn take(&mut self) {
        for (input, version) in &self.set[..self.rules.new_among.unwrap_or_default()] {
            self.rules.marks.insert((*input, version.space.as_str()), version.order);
        }
        self.found.sets.push(self.set.clone());
    }
}

/// The builds of the jobs that the variables' versions must have passed.
#[derive(Default)]
struct Upstream<'a> {
    /// By job: the indexes of its builds.
    builds: BTreeMap<&'a JobId, Vec<usize>>,
    /// By job, input and version: the builds that hold it there.
    holding: BTreeMap<(&'a JobId, usize, &'a str), Vec<usize>>,
}

impl<'a> Upstream<'a> {
    fn new(job: &'a JobFacts, variables: &[Variable<'a>]) -> Self {
        let mut upstream = Self::default();
        for input in variables.iter().filter(|of| of.bound).map(|of| of.input) {
            for (passed, _) in &job.inputs[input].passed {
                upstream.add(job, passed, input);
            }
        }
        upstream
    }

    fn add(&mut self, job: &'a JobFacts, passed: &'a JobId, input: usize) {
        let builds = job.upstream.get(passed).map_or(&[][..], Vec::as_slice);
        self.builds.entry(passed).or_insert_with(|| (0..builds.len()).collect());
        for (index, build) in builds.iter().enumerate() {
            for version in build.versions.get(&input).into_iter().flatten() {
                let holding = self.holding.entry((passed, input, version.id.as_str())).or_default();
                if holding.last() != Some(&index) {
                    holding.push(index);
                }
            }
        }
    }
}
