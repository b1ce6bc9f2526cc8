//! To whom a process belongs: an attempt, and in it the group of one command.

/// An attempt that runs in this process. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AttemptKey(pub(super) u64);

/// A command of an attempt, with all that descends from its process. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GroupKey {
    /// The attempt.
    pub(super) attempt: AttemptKey,
    /// The group's number in it, from 0.
    pub(super) number: u32,
}

/// Processes that belong together, or, of a single process, all that is known of where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// An attempt's.
    Attempt(AttemptKey),
    /// One command's.
    Group(GroupKey),
}

impl Whose {
    /// The attempt.
    pub(crate) fn attempt(self) -> AttemptKey {
        match self {
            Self::Attempt(attempt) => attempt,
            Self::Group(group) => group.attempt,
        }
    }

    /// Whether a process of which `other` is known certainly belongs here.
    pub(crate) fn includes(self, other: Self) -> bool {
        match self {
            Self::Attempt(attempt) => other.attempt() == attempt,
            Self::Group(_) => other == self,
        }
    }
}

impl From<AttemptKey> for Whose {
    fn from(attempt: AttemptKey) -> Self {
        Self::Attempt(attempt)
    }
}

impl From<GroupKey> for Whose {
    fn from(group: GroupKey) -> Self {
        Self::Group(group)
    }
}

#[cfg(test)]
impl AttemptKey {
    pub(crate) fn numbered(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn group(self, number: u32) -> GroupKey {
        GroupKey { attempt: self, number }
    }
}
