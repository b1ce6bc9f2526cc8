//! Values that are known only when a build runs: secrets, what a `get` took, what a task wrote.
//!
//! A late value is a small tree that travels in the plan: what is known already, secrets and build values by
//! name, and what is to be made of them. The worker computes it just before a process starts.

use crate::eval::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// A name of something that only the build knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// `get.app.ref`: a key of the version that a `get` took; metadata with or without its underscore.
    Get {
        /// The name of the step.
        step: String,
        /// The key.
        key: String,
    },
    /// `task.bump.VERSION`: what a task wrote to `$PIKOCI_OUTPUT`.
    Task {
        /// The name of the step.
        step: String,
        /// The key.
        key: String,
    },
    /// `input.name`: what was asked for when the build was triggered.
    Input(String),
    /// `service.db.host`, `service.db.port`, `service.db.USER`.
    Service {
        /// The name of the service in its job.
        service: String,
        /// `host`, `port`, or a key.
        key: String,
    },
    /// `build.id`, `build.number`, `build.job`, `build.pipeline`, `build.team`, `build.url`, `build.status`.
    Build(String),
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

    /// Visits it and all that is in it, outermost first.
    fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
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

impl Late {
    /// Computes the value.
    ///
    /// # Errors
    /// Something in it could not be had, or does not fit the function it is given to.
    pub fn evaluate(&self, known: &dyn Known) -> Result<Value, LateError> {
        let all =
            |items: &[Self]| items.iter().map(|item| item.evaluate(known)).collect::<Result<Vec<_>, _>>();
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Secret(name) => known.secret(name),
            Self::Build(reference) => known.build(reference),
            Self::List(items) => Ok(Value::list(all(items)?)),
            Self::Map(items) => {
                let items = items.iter().map(|(key, item)| Ok((key.clone(), item.evaluate(known)?)));
                Ok(Value::map(items.collect::<Result<_, LateError>>()?))
            }
            Self::Template(pieces) => {
                let mut text = String::new();
                for piece in all(pieces)? {
                    let piece = crate::eval::types::to_string(&piece);
                    text +=
                        &piece.map_err(|error| LateError(format!("inside a string: {}", error.message)))?;
                }
                Ok(Value::string(text))
            }
            Self::Call { function, .. } => Err(LateError(format!("`{function}` cannot be computed here"))),
            Self::Index { .. } | Self::Operation { .. } | Self::If { .. } => {
                Err(LateError("this cannot be computed here".to_owned()))
            }
        }
    }
}

impl From<Value> for Late {
    fn from(value: Value) -> Self {
        Self::Literal(value)
    }
}

impl From<&str> for Late {
    fn from(text: &str) -> Self {
        Self::Literal(Value::string(text))
    }
}
