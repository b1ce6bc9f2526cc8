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

use clap::Parser;
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

fn main() -> ExitCode {
    match commands::run(Cli::parse().command) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report().into(),
    }
}
