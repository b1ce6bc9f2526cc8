//! Values that are known only when a build runs: secrets, what a `get` took, what a task wrote.
//!
//! A late value is a small tree that travels in the plan: what is known already, secrets and build values by
//! name, and what is to be made of them. The worker computes it just before a process starts.

mod evaluate;
mod reference;

pub use evaluate::typed_secret;
pub use reference::Reference;

use crate::eval::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many levels of nesting one node has when it is written out.
const LEVELS: u32 = 3;

/// A value, or how it is made once its parts are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// A value that is known already, all of it.
    Literal(Value),
    /// The value of the variable of that name, which is a secret.
    Secret(String),
    /// What only the build knows.
    Build(Reference),
    /// A list, some of whose elements are late.
    List(Vec<Late>),
    /// A map, some of whose values are late.
    Map(BTreeMap<String, Late>),
    /// A text in pieces. A piece that is null is an error, as in any template.
    Template(Vec<Late>),
    /// A call of a function of the language.
    Call {
        /// The function, `try` and `can` included.
        function: String,
        /// Its arguments.
        args: Vec<Late>,
    },
    /// `of.key` or `of[key]`.
    Index {
        /// The list or map.
        of: Box<Late>,
        /// The key, or the index.
        key: Box<Late>,
    },
    /// An operator over build values; secrets stay out of these.
    Operation {
        /// As it is written: `+`, `==`, `&&`, `!`; `-` with one operand is the negative.
        operator: String,
        /// One or two operands.
        operands: Vec<Late>,
    },
    /// `condition ? yes : no`.
    If {
        /// What decides; no secret is in it.
        condition: Box<Late>,
        /// The value if it is true.
        yes: Box<Late>,
        /// The value if it is false.
        no: Box<Late>,
    },
}

impl Late {
    /// The value, if all of it is known.
    pub fn literal(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The variables in it whose values are secrets.
    pub fn secrets(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.walk(&mut |late| {
            if let Self::Secret(name) = late {
                found.push(name.as_str());
            }
        });
        found
    }

    /// Whether a secret is in it.
    pub fn is_secret(&self) -> bool {
        !self.secrets().is_empty()
    }

    /// What it needs of the build.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        self.walk(&mut |late| {
            if let Self::Build(reference) = late {
                found.push(reference);
            }
        });
        found
    }

    /// Whether it is null, and known to be.
    pub fn is_null(&self) -> bool {
        self.literal().is_some_and(Value::is_null)
    }

    /// The text, if it is one and known.
    pub fn as_str(&self) -> Option<&str> {
        self.literal().and_then(Value::as_str)
    }

    /// The elements, if it is a list whose length is known.
    pub fn elements(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Literal(Value::List(list)) => {
                Some(list.items().iter().cloned().map(Self::Literal).collect())
            }
            Self::If { condition, yes, no } => match condition.literal()? {
                Value::Bool(true) => yes.elements(),
                Value::Bool(false) => no.elements(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Visits it and all that is in it, outermost first.
    pub(crate) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Literal(_) | Self::Secret(_) | Self::Build(_) => {}
            Self::List(items) | Self::Template(items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Call { args, .. } => args.iter().for_each(|arg| arg.walk(visit)),
            Self::Map(items) => items.values().for_each(|item| item.walk(visit)),
            Self::Operation { operands, .. } => operands.iter().for_each(|operand| operand.walk(visit)),
            Self::Index { of, key } => [of, key].into_iter().for_each(|part| part.walk(visit)),
            Self::If { condition, yes, no } => {
                [condition, yes, no].into_iter().for_each(|part| part.walk(visit));
            }
        }
    }
}

/// What a late value is computed from.
pub trait Known {
    /// The value of a secret variable.
    ///
    /// # Errors
    /// It could not be had.
    fn secret(&self, variable: &str) -> Result<Value, LateError>;

    /// A value of the build; null is one that is missing.
    ///
    /// # Errors
    /// It cannot be known here.
    fn build(&self, reference: &Reference) -> Result<Value, LateError>;
}

/// Why a late value could not be computed: a sentence, in which no secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateError(pub String);

impl std::fmt::Display for LateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LateError {}

impl From<Value> for Late {
    fn from(value: Value) -> Self {
        match value {
            Value::Late(late) => Arc::unwrap_or_clone(late),
            Value::List(list) if Value::List(list.clone()).has_late() => {
                Self::List(list.items().iter().cloned().map(Self::from).collect())
            }
            Value::Map(map) if Value::Map(map.clone()).has_late() => {
                let items = map.entries().iter();
                Self::Map(items.map(|(key, item)| (key.clone(), item.clone().into())).collect())
            }
            value => Self::Literal(value),
        }
    }
}

impl From<&str> for Late {
    fn from(text: &str) -> Self {
        Self::Literal(Value::string(text))
    }
}

impl Late {
    /// As a value of an expression.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Literal(value) => value,
            late => Value::Late(Arc::new(late)),
        }
    }

    /// How deep it is nested when written out.
    pub(crate) fn depth(&self) -> u32 {
        let deepest = |items: &mut dyn Iterator<Item = &Self>| items.map(Self::depth).max().unwrap_or(0);
        let inner = match self {
            Self::Literal(value) => return value.depth(),
            Self::Secret(_) | Self::Build(_) => 0,
            Self::List(items) | Self::Template(items) => deepest(&mut items.iter()),
            Self::Map(items) => deepest(&mut items.values()),
            Self::Call { args, .. } => deepest(&mut args.iter()),
            Self::Operation { operands, .. } => deepest(&mut operands.iter()),
            Self::Index { of, key } => of.depth().max(key.depth()),
            Self::If { condition, yes, no } => condition.depth().max(yes.depth()).max(no.depth()),
        };
        inner + LEVELS
    }

    /// About how many bytes it has when written out.
    pub(crate) fn size(&self) -> u64 {
        let mut size = 0;
        self.walk(&mut |late| {
            size += match late {
                Self::Literal(value) => value.size() + 12,
                Self::Secret(name) => name.len() as u64 + 12,
                Self::Map(items) => items.keys().map(|key| key.len() as u64 + 4).sum(),
                _ => 32,
            };
        });
        size
    }
}
