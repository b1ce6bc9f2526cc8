//! A command whose parameters are known.

use pikoci_plan::plan::Command;
use std::collections::{BTreeMap, BTreeSet};

/// A command, and what its templates are filled with.
#[derive(Debug, Clone)]
pub(crate) struct Filled<'a> {
    pub(crate) command: &'a Command,
    pub(crate) params: BTreeMap<String, Argument>,
    /// The parameters that a secret went into.
    secret: BTreeSet<String>,
}

/// The value of a parameter of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    /// A text (numbers and booleans as they print, maps as JSON).
    Text(String),
    /// A list, for an element that is exactly `$name`.
    List(Vec<String>),
}

impl<'a> Filled<'a> {
    /// The command without any parameter.
    pub(crate) fn new(command: &'a Command) -> Self {
        Self { command, params: BTreeMap::new(), secret: BTreeSet::new() }
    }

    /// Adds a parameter.
    pub(crate) fn add(&mut self, name: &str, argument: Argument, is_secret: bool) {
        self.params.insert(name.to_owned(), argument);
        if is_secret {
            self.secret.insert(name.to_owned());
        }
    }

    /// Whether a secret went into the parameter.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.secret.contains(name)
    }

    /// The same without what a secret went into: for what stays on record.
    pub(crate) fn without_secrets(&self) -> Self {
        let mut filled = self.clone();
        filled.params.retain(|name, _| !self.secret.contains(name));
        filled
    }
}
