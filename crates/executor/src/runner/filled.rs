//! A command whose parameters are known.

use pikoci_plan::plan::Command;
use std::collections::{BTreeMap, BTreeSet};

/// A command, and what its templates are filled with.
#[derive(Debug, Clone)]
pub(crate) struct Filled<'a> {
    pub(crate) command: &'a Command,
    pub(crate) params: BTreeMap<String, Argument>,
    /// The build's network, if its process joins it.
    pub(crate) network: Option<String>,
    /// The parameters that a secret went into.
    secret: BTreeSet<String>,
}

impl Argument {
    /// The text, or those of the list.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(list) => list,
        };
        texts.iter().map(String::as_str)
    }
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
        let (params, network, secret) = Default::default();
        Self { command, params, network, secret }
    }

    /// Adds a parameter.
    pub(crate) fn add(&mut self, name: &str, argument: Argument, is_secret: bool) {
        self.params.insert(name.to_owned(), argument);
        if is_secret {
            self.secret.insert(name.to_owned());
        }
    }

    /// Whether its process stands on the build's network.
    pub(crate) fn is_on_network(&self) -> bool {
        self.network.is_some()
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
