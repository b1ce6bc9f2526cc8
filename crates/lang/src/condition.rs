//! The small language of conditions over a build's variables: `$TASK_BUILD_TAG != '' && $GET_APP_BRANCH == main`.
//!
//! It is parsed when the file is loaded; variables are expanded value by value afterwards, so that a value is
//! never code.

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
