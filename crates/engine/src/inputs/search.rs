//! The search for versions that go together.
//!
//! An input with `passed` takes a version that a build of each named job holds, and of each job one build holds what all
//! inputs that name it take. So choosing a version for an input narrows, for each of its jobs, the builds that are left;
//! where none is left the version does not go with those chosen before. In general that is a hard problem (it can
//! express the colouring of a graph), so the work is bounded: see [`MOST_WORK`].

use super::join::{Column, columns};
use crate::facts::{JobFacts, Stored};
use std::collections::BTreeMap;

/// The most work of one search: versions tried, and builds looked at for each.
pub(super) const MOST_WORK: usize = 200_000;
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
    let (columns, builds) = columns(job, variables);
    let left = builds.into_iter().map(|builds| (0..builds).collect()).collect();
    let mut search = Search { rules, left, set: Set::new(), work: 0, found: Found::default() };
    search.descend(&columns);
    search.found
}

struct Search<'a> {
    rules: Rules<'a>,
    /// By job: the builds that hold all that was chosen so far.
    left: Vec<Vec<usize>>,
    set: Set<'a>,
    work: usize,
    found: Found<'a>,
}

impl<'a> Search<'a> {
    /// Chooses for these columns, the last ones. Whether those before have what they need: if not, they try something
    /// else.
    fn descend(&mut self, columns: &[Column<'a>]) -> bool {
        if self.rules.new_among == Some(self.set.len()) && !self.set.iter().any(|of| self.is_new(of)) {
            return true;
        }
        let Some((column, others)) = columns.split_first() else {
            self.take();
            return true;
        };
        let mut done = None;
        for option in self.options(column) {
            let (slot, _) = column.options[option];
            if done != Some(slot) && self.choose(column, option, others) {
                done = Some(slot);
            }
        }
        done.is_some()
    }

    /// What may go with the set so far: what the builds that are left hold, of the job with the fewest; all, where there
    /// are not fewer of them than options.
    fn options(&mut self, column: &Column<'a>) -> Vec<usize> {
        let fewest = column.held.iter().min_by_key(|held| self.left[held.job].len());
        let mut options: Vec<usize> = match fewest.map(|held| (held, &self.left[held.job])) {
            Some((held, left)) if left.len() < column.options.len() => {
                left.iter().flat_map(|build| held.options[*build].iter().copied()).collect()
            }
            _ => (0..column.options.len()).collect(),
        };
        options.sort_unstable();
        options.dedup();
        self.work += options.len();
        options
    }

    fn choose(&mut self, column: &Column<'a>, option: usize, others: &[Column<'a>]) -> bool {
        let (_, version) = column.options[option];
        self.found.cut |= self.work > MOST_WORK || self.found.sets.len() >= MOST_SETS;
        if self.found.cut || self.mark(column.input, version).is_some_and(|mark| version.order < mark) {
            return false;
        }
        let Some(before) = self.narrow(column, option) else { return false };
        self.set.push((column.input, version));
        let fits = self.descend(others);
        self.set.pop();
        for (job, left) in before {
            self.left[job] = left;
        }
        fits
    }

    /// Leaves, of each job that the version must have passed, the builds that hold it; what was left before, to be put
    /// back, is the answer. Nothing if none is left of one.
    fn narrow(&mut self, column: &Column<'a>, option: usize) -> Option<Vec<(usize, Vec<usize>)>> {
        let mut narrowed = Vec::new();
        for held in &column.held {
            let holding = held.builds[option].iter().copied();
            let left = &self.left[held.job];
            let both: Vec<_> = holding.filter(|build| left.binary_search(build).is_ok()).collect();
            self.work += held.builds[option].len();
            if both.is_empty() {
                return None;
            }
            narrowed.push((held.job, both));
        }
        for (job, left) in &mut narrowed {
            std::mem::swap(&mut self.left[*job], left);
        }
        Some(narrowed)
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
