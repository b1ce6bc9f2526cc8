//! Questions before what is not easily undone.

use crate::failure::Failure;
use std::io::{self, IsTerminal, Write};

/// The flag that answers them.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfirmArgs {
    /// Do it without asking, as scripts must
    #[arg(long, short, help_heading = None)]
    yes: bool,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
}

impl ConfirmArgs {
    /// Asks on the terminal, unless `--yes` has answered. Nothing but `y` and `yes` means yes.
    ///
    /// # Errors
    /// There is no terminal to ask on, or it cannot be read.
    pub(crate) fn ask(&self, question: &str) -> Result<Answer, Failure> {
        if self.yes {
            return Ok(Answer::Yes);
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::bad_input("this has to be confirmed, and there is no terminal to ask on")
                .hint("say it with --yes"));
        }
        let mut line = String::new();
        let asked = write!(anstream::stderr().lock(), "{question} [y/N] ");
        let read = asked.and_then(|()| io::stdin().read_line(&mut line));
        read.map_err(|error| Failure::errored(format!("cannot ask on the terminal: {error}")))?;
        Ok(meaning(&line))
    }
}

fn meaning(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_means_yes() {
        for line in ["y\n", "Y", " yes \n", "YES\r\n"] {
            assert_eq!(meaning(line), Answer::Yes, "{line:?}");
        }
        for line in ["", "\n", "n\n", "yeah\n", "yes please\n"] {
            assert_eq!(meaning(line), Answer::No, "{line:?}");
        }
    }
}
