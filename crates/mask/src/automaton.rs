//! Finds forms in a text that comes in pieces.

use crate::skip::Skip;
use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// An automaton over the forms. Its state after some text stands for the longest end of that text which is the
/// beginning of a form: that much must be kept back, and no more.
#[derive(Debug)]
pub(crate) struct Automaton {
    id: u64,
    nfa: NFA,
    start: StateID,
    /// Of every state how many bytes of the text before it may be the beginning of a form, by number of the state.
    open: Vec<u32>,
    skip: Skip,
}

impl Automaton {
    /// One that finds these forms.
    ///
    /// # Panics
    /// If the forms together have more than 2³¹ bytes: the machine would be out of memory before.
    #[expect(clippy::expect_used, reason = "more bytes of secrets than memory")]
    pub(crate) fn new(forms: &HashSet<Vec<u8>>) -> Self {
        // Overlapping matches must be found, and finding is ours: no prefilter.
        let nfa = NFA::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(forms)
            .expect("the forms fit into memory");
        let start = nfa.start_state(Anchored::No).expect("an automaton that searches everywhere");
        let open = open(&nfa, start, forms);
        Self { id: next_id(), nfa, start, open, skip: Skip::new(forms) }
    }

    /// No two automata of a process have the same: states of one mean nothing to another.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The state before any text.
    pub(crate) fn start(&self) -> StateID {
        self.start
    }

    /// Reads `text` from `at` on in that state. Calls `found` with the end of each place where a form ends, and
    /// the length of the longest that ends there. Returns the state after the text.
    pub(crate) fn read(
        &self,
        text: &[u8],
        mut at: usize,
        mut state: StateID,
        mut found: impl FnMut(usize, usize),
    ) -> StateID {
        loop {
            if state == self.start {
                at = self.skip.from(text, at);
            }
            let Some(byte) = text.get(at) else { return state };
            state = self.nfa.next_state(Anchored::No, state, *byte);
            at += 1;
            if self.nfa.is_match(state) {
                found(at, self.longest(state));
            }
        }
    }

    fn longest(&self, state: StateID) -> usize {
        let lengths = (0..self.nfa.match_len(state))
            .map(|index| self.nfa.pattern_len(self.nfa.match_pattern(state, index)));
        lengths.max().unwrap_or_default()
    }

    /// How many bytes before the state are the beginning of a form of which more may come.
    pub(crate) fn open(&self, state: StateID) -> usize {
        self.open[state.as_usize()] as usize
    }
}

/// Every state but the first is reached by the beginning of a form. Where a form is whole and begins no longer one,
/// nothing more of it may come, and only an end of it can be open.
fn open(nfa: &NFA, start: StateID, forms: &HashSet<Vec<u8>>) -> Vec<u32> {
    let step = |state, byte: &u8| nfa.next_state(Anchored::No, state, *byte);
    let mut open = vec![0; start.as_usize() + 1];
    let mut set = |state: StateID, length| {
        let state = state.as_usize();
        if open.len() <= state {
            open.resize(state + 1, 0);
        }
        open[state] = length;
    };
    let mut whole = Vec::new();
    for form in forms {
        let (last, beginning) = form.split_last().unwrap_or((&0, &[]));
        let mut state = start;
        for (length, byte) in (1..).zip(beginning) {
            state = step(state, byte);
            set(state, length);
        }
        whole.push((form, step(state, last)));
    }
    let last = whole.iter().map(|(_, state)| state.as_usize()).max().unwrap_or_default();
    open.resize(open.len().max(last + 1), 0);
    whole.retain(|(_, state)| open[state.as_usize()] == 0);
    whole.sort_unstable_by_key(|(form, _)| form.len());
    for (form, state) in whole {
        let end = form.iter().skip(1).fold(start, step);
        open[state.as_usize()] = open[end.as_usize()];
    }
    open
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
