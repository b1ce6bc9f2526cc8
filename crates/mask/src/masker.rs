//! The secrets of a build.

use crate::automaton::Automaton;
use crate::forms;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The shortest form that is masked, in bytes: masking `1` or `dev` everywhere would make a log useless, and tell
/// the value.
pub const MIN_BYTES: usize = 4;

/// The secrets of a build, in all their forms. It grows; nothing is ever taken out.
///
/// A clone is a snapshot. What is searched for is put together when it is first needed after a change, so that
/// adding many secrets in a row costs no more than adding one.
#[derive(Clone, Default)]
pub struct Masker {
    forms: HashSet<Vec<u8>>,
    automaton: OnceLock<Arc<Automaton>>,
}

/// A secret that is shorter than [`MIN_BYTES`] and so is not masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort;

impl fmt::Display for TooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a secret of fewer than {MIN_BYTES} characters is not masked")
    }
}

impl std::error::Error for TooShort {}

impl Masker {
    /// No secrets yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks a value from now on, without the white space around it. An empty value is no secret.
    ///
    /// # Errors
    /// It is too short to be masked. To be told to a person, once.
    pub fn add(&mut self, value: &str) -> Result<(), TooShort> {
        let value = value.trim();
        if (1..MIN_BYTES).contains(&value.len()) {
            return Err(TooShort);
        }
        let before = self.forms.len();
        self.forms.extend(forms::of(value).into_iter().filter(|form| form.len() >= MIN_BYTES));
        if self.forms.len() > before {
            self.automaton = OnceLock::new();
        }
        Ok(())
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// All byte strings that are masked, in no order: for tests.
    pub fn forms(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(Vec::as_slice)
    }

    /// What finds the forms; `None` if there are none.
    pub(crate) fn automaton(&self) -> Option<&Automaton> {
        let build = || Arc::new(Automaton::new(&self.forms));
        (!self.forms.is_empty()).then(|| &**self.automaton.get_or_init(build))
    }
}

/// Shows how much there is, and nothing of it.
impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker").field("forms", &self.forms.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_short_is_said() {
        let mut masker = Masker::new();
        assert_eq!(masker.add("abc\n"), Err(TooShort));
        assert_eq!((masker.add(""), masker.add(" \n")), (Ok(()), Ok(())));
        assert!(masker.is_empty());
        assert_eq!(masker.add("abcd"), Ok(()));
        assert!(!masker.is_empty());
    }

    #[test]
    fn it_does_not_show_what_it_hides() {
        let mut masker = Masker::new();
        masker.add("hunter2hunter2").unwrap();
        assert!(!format!("{masker:?}").contains("hunter2"));
    }
}
