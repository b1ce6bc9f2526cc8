//! Chance, as all that is made up needs it.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A source of numbers that follow from its seed.
pub(crate) struct Dice(StdRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Numbers that follow from a seed and a name, whatever else was drawn.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hash = DefaultHasher::new();
        (seed, name).hash(&mut hash);
        Self::new(hash.finish())
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.random_range(0..bound.max(1))
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high)
    }

    pub(crate) fn chance(&mut self, of_100: u64) -> bool {
        self.below(100) < of_100
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    pub(crate) fn any(&mut self) -> u64 {
        self.0.random()
    }

    pub(crate) fn wide(&mut self) -> u128 {
        self.0.random()
    }
}
