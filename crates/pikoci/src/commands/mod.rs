//! The commands, a file for each.
//!
//! A command is a file with `Args`, what clap reads, and `run`, which does it. To add one: its module, a
//! line in [`Command`], a line in [`run`].

mod completions;
mod man;

use crate::exit::Exit;
use crate::failure::Failure;

/// What `pikoci` can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write a completion script for a shell to standard output
    Completions(completions::Args),
    /// Write the manual pages into a directory
    #[command(hide = true)]
    Man(man::Args),
}

/// Does one command.
///
/// # Errors
/// Whatever kept the command from doing what it was asked to.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
