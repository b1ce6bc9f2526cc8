//! Why a command failed, in words for people.

use std::fmt;

/// What happened, and what to do about it. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The type whose command it was.
    of: String,
    what: String,
    hint: Option<String>,
    is_usage: bool,
}

impl Failure {
    /// A failure that says this, as a sentence without a full stop.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { of: String::new(), what: what.into(), hint: None, is_usage: false }
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, of a command of this type.
    pub(crate) fn of(self, name: &str) -> Self {
        Self { of: name.to_owned(), ..self }
    }

    /// The words name no command.
    pub(crate) fn usage(words: &[&str]) -> Self {
        let known: Vec<String> = crate::COMMANDS.iter().map(|words| words.join(" ")).collect();
        let what = format!("there is no built-in command `{}`", words.join(" "));
        Self { is_usage: true, ..Self::new(what) }.hint(format!("there are: {}", known.join(", ")))
    }

    /// Whether the command was called by a name it does not have.
    pub fn is_usage(&self) -> bool {
        self.is_usage
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.of.is_empty() {
            write!(f, "{}: ", self.of)?;
        }
        f.write_str(&self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
