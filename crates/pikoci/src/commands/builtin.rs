//! `pikoci builtin TYPE COMMAND`: what the built-in types call.

use crate::exit::Exit;
use crate::failure::Failure;
use std::io::Write;

/// The arguments of `pikoci builtin`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type and its command, e.g. `git check`; everything else comes by environment
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Runs the command. What it says goes into the log of a check or a step, so it has no colours.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match pikoci_builtin::run(&args.words) {
        Ok(()) => Ok(Exit::Succeeded),
        Err(failure) if failure.is_usage() => Err(Failure::bad_input(failure.to_string())),
        Err(failure) => {
            // If standard error is closed there is nobody left to tell.
            let _ = writeln!(std::io::stderr().lock(), "{failure}");
            Ok(Exit::Failed)
        }
    }
}
