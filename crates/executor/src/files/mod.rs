//! Directories of an attempt: found empty, emptied, and filled with a copy.

mod copy;
mod empty;

pub(crate) use copy::{Copied, copy_tree};
pub(crate) use empty::{Found, empty, look};
