//! The `pikoci` binary: the command line of `run`, `server` and the client's commands.
//!
//! It starts no runtime of its own: a command that needs one makes the one that fits it, so that the
//! others start at once.

mod address;
mod client;
mod commands;
mod exit;
mod failure;
mod machine;
mod pipeline_file;
#[cfg(test)]
mod reference;
mod resolve;
mod suggest;
mod terminal;
mod variables;
mod version_text;

use clap::{CommandFactory, FromArgMatches, Parser};
use std::process::ExitCode;

/// A complete CI/CD system in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "pikoci",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    infer_subcommands = false,
    max_term_width = 100,
    after_help = exit::HELP
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

/// A variable of the environment that is empty counts as one that is not set.
fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty =
        |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(clap::builder::Resettable::Reset) } else { arg })
        .mut_subcommands(without_empty)
}

fn main() -> ExitCode {
    let parsed = without_empty(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&parsed).unwrap_or_else(|error| error.exit());
    match commands::run(cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report().into(),
    }
}
