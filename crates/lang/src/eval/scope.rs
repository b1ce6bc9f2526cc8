//! What names mean where an expression stands.

use super::budget::Budget;
use super::error::{EvalError, EvalResult};
use super::value::Value;
use crate::files::Files;
use crate::span::{FileId, Span};
use jiff::Timestamp;
use std::cell::Cell;

/// Looks up what stands before the first dot: `var`, `local`.
pub(crate) trait Names {
    /// The member `key` of the root `root`, or `None` if there is no such root.
    fn member(&self, root: &str, key: &str) -> Option<EvalResult>;

    /// All of a root at once, for `var` alone; `None` if there is no such root.
    fn whole(&self, root: &str) -> Option<EvalResult>;

    /// The roots there are, for hints.
    fn roots(&self) -> Vec<&str>;

    /// How many keys after a root make one value that only a build knows: 2 for `get.app.ref`. `None` if there
    /// is no such root.
    fn late_keys(&self, root: &str) -> Option<usize> {
        let _ = root;
        None
    }

    /// A value that only a build knows.
    fn late(&self, root: &str, keys: &[String]) -> EvalResult {
        let _ = keys;
        Err(EvalError::new(format!("there is no `{root}` here")))
    }
}

/// No names at all: the files of sourced types.
pub(crate) struct NoNames;

impl Names for NoNames {
    fn member(&self, _: &str, _: &str) -> Option<EvalResult> {
        None
    }

    fn whole(&self, _: &str) -> Option<EvalResult> {
        None
    }

    fn roots(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) file: FileId,
    pub(crate) names: &'a dyn Names,
    pub(crate) files: &'a dyn Files,
    pub(crate) budget: &'a Budget,
    /// The time at which the pipeline is loaded: the same for all that ask.
    pub(crate) now: Timestamp,
    /// How many templates of files (`templatefile`) stand around it.
    pub(crate) templates: &'a Cell<u32>,
    /// Names bound by `for`, innermost first.
    pub(crate) bound: Option<&'a Bound<'a>>,
}

/// A name bound by `for`.
pub(crate) struct Bound<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Value,
    pub(crate) outer: Option<&'a Bound<'a>>,
}

impl<'a> Scope<'a> {
    /// The value of a name bound by `for`.
    pub(crate) fn bound(&self, name: &str) -> Option<&'a Value> {
        let mut next = self.bound;
        while let Some(bound) = next {
            if bound.name == name {
                return Some(&bound.value);
            }
            next = bound.outer;
        }
        None
    }

    /// The span of a node of the syntax tree.
    pub(crate) fn span(&self, node: &impl hcl_edit::Span) -> Option<Span> {
        node.span().map(|range| Span::new(self.file, range))
    }
}
