//! The small language of conditions over a build's variables: `$TASK_BUILD_TAG != '' && $GET_APP_BRANCH == main`.
//!
//! It is parsed when the file is loaded; variables are expanded value by value afterwards, so that a value is
//! never code.

mod parse;

pub use parse::ConditionError;

use crate::eval::Number;
use serde::{Deserialize, Serialize};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One of them holds.
    Or(Box<Condition>, Box<Condition>),
    /// Two texts compared.
    Compare {
        /// On the left.
        left: Text,
        /// How: `==`, `!=`, `>`, `<`, `contains`, `!contains`.
        operator: String,
        /// On the right.
        right: Text,
    },
    /// A text that stands alone: false if it is empty, `false` or `0`.
    Is(Text),
}

/// A text of a condition, in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text(pub Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// The value of a variable; nothing if there is none.
    Variable(String),
}

impl Condition {
    /// Whether it holds, with the variables that `value` knows; one that it does not know is empty.
    pub fn holds(&self, value: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::And(left, right) => left.holds(value) && right.holds(value),
            Self::Or(left, right) => left.holds(value) || right.holds(value),
            Self::Is(text) => !matches!(text.expanded(value).as_str(), "" | "false" | "0"),
            Self::Compare { left, operator, right } => {
                compare(operator, &left.expanded(value), &right.expanded(value))
            }
        }
    }

    /// The variables in it.
    pub fn variables(&self) -> Vec<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.variables().into_iter().chain(right.variables()).collect()
            }
            Self::Is(text) => text.variables().collect(),
            Self::Compare { left, right, .. } => left.variables().chain(right.variables()).collect(),
        }
    }
}

/// Numbers compare as numbers where both are, all else as texts.
fn compare(operator: &str, left: &str, right: &str) -> bool {
    let numbers = Number::parse(left).zip(Number::parse(right));
    let order = numbers.map_or_else(|| left.cmp(right), |(left, right)| left.cmp(&right));
    match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        "contains" => left.contains(right),
        "!contains" => !left.contains(right),
        _ => false,
    }
}

impl Text {
    fn expanded(&self, value: &dyn Fn(&str) -> Option<String>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(name) => value(name).unwrap_or_default(),
        };
        self.0.iter().map(piece).collect()
    }

    fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }
}

/// As it is written, without quotes.
impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Variable(name) => write!(f, "${name}"),
        })
    }
}

#[cfg(test)]
mod tests;
