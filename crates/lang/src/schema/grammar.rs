//! What a block may hold.

/// What the body of a block may hold.
pub(crate) struct Grammar {
    /// Attributes.
    pub(crate) attributes: &'static [&'static str],
    /// Blocks.
    pub(crate) blocks: &'static [&'static str],
    /// Attributes and blocks that a later version will take.
    pub(crate) later: &'static [&'static str],
    /// Grammars that it takes in: what all steps hold, say.
    pub(crate) also: &'static [&'static Grammar],
}

impl Grammar {
    /// One of nothing.
    pub(crate) const EMPTY: Self = Self { attributes: &[], blocks: &[], later: &[], also: &[] };

    fn holds(&self, of: fn(&Self) -> &'static [&'static str], name: &str) -> bool {
        of(self).contains(&name) || self.also.iter().any(|inner| inner.holds(of, name))
    }

    fn names(&self, of: fn(&Self) -> &'static [&'static str]) -> Vec<&'static str> {
        let inner = self.also.iter().flat_map(|inner| inner.names(of));
        of(self).iter().copied().chain(inner).collect()
    }

    /// Whether it has an attribute of that name.
    pub(super) fn has_attribute(&self, name: &str) -> bool {
        self.holds(|grammar| grammar.attributes, name)
    }

    /// Whether it has a block of that name.
    pub(crate) fn has_block(&self, name: &str) -> bool {
        self.holds(|grammar| grammar.blocks, name)
    }

    pub(super) fn is_later(&self, name: &str) -> bool {
        self.holds(|grammar| grammar.later, name)
    }

    /// The names of its attributes.
    pub(crate) fn attributes(&self) -> Vec<&'static str> {
        self.names(|grammar| grammar.attributes)
    }

    /// The names of its blocks.
    pub(crate) fn blocks(&self) -> Vec<&'static str> {
        self.names(|grammar| grammar.blocks)
    }
}
