//! Why a command did not do what it was asked to, in words for people.

use crate::exit::Exit;
use crate::terminal::style;
use std::io::{self, Write};

/// A command's failure: what happened and where, what to do about it, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened, and where: one sentence without a full stop. Empty for a failure that says nothing.
    pub(crate) what: String,
    /// The stable code of the API's error, which has a page in the documentation.
    pub(crate) code: Option<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A failure with this exit code and text.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), code: None, hint: None }
    }

    /// What was typed cannot be meant.
    pub(crate) fn bad_input(what: impl Into<String>) -> Self {
        Self::new(Exit::BadInput, what)
    }

    /// Infrastructure trouble.
    pub(crate) fn errored(what: impl Into<String>) -> Self {
        Self::new(Exit::Errored, what)
    }

    /// The same, with a hint.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Standard output could not be written. A reader that left (`… | head`) is no error.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Succeeded, ""),
            _ => Self::errored(format!("cannot write to standard output: {error}")),
        }
    }

    /// Says it on standard error, and gives the exit code.
    pub(crate) fn report(&self) -> Exit {
        if !self.what.is_empty() {
            // If standard error is closed there is nobody left to tell.
            let _ = anstream::stderr().lock().write_all(self.render().as_bytes());
        }
        self.exit
    }

    /// The text, with styles.
    pub(crate) fn render(&self) -> String {
        let (error, hint) = (style::ERROR, style::HINT);
        let code = self.code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
        let mut text = format!("{error}error{code}:{error:#} {}\n", self.what);
        if let Some(advice) = &self.hint {
            text.push_str(&format!("{hint}hint:{hint:#} {advice}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_and_what_to_do() {
        let failure = Failure {
            code: Some("job_not_found".into()),
            ..Failure::bad_input("there is no job `tset`").hint("did you mean `test`?")
        };
        let text = anstream::adapter::strip_str(&failure.render()).to_string();
        assert_eq!(text, "error[job_not_found]: there is no job `tset`\nhint: did you mean `test`?\n");
        assert_eq!(failure.exit.code(), 2);
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let failure = Failure::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit, failure.what.as_str()), (Exit::Succeeded, ""));
        assert_eq!(Failure::output(&io::Error::other("disk full")).exit, Exit::Errored);
    }
}
