//! The commands, a file for each; those of a noun (`pikoci job …`) in its directory.
//!
//! A command is a file with `Args`, what clap reads, and `run`, which does it. To add one: its module, a
//! line in [`Command`], a line in [`run`].

mod ask;
mod build;
mod builtin;
mod completions;
mod confirm;
mod job;
mod man;
mod output;
mod pipeline;
mod reasons;
mod resource;
mod run;
mod server;
mod status;
mod types;

use crate::exit::Exit;
use crate::failure::Failure;

/// What `pikoci` can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Run a job on this machine, without a server
    Run(run::Args),
    /// Run a complete CI/CD system in this process
    Server(Box<server::Args>),
    /// What to look at in the morning: what is red, what waits and why, which checks fail
    Status(status::Args),
    /// List jobs, start builds of them, and say why they do not run
    #[command(visible_alias = "jobs")]
    Job(job::Args),
    /// List builds, follow them, read their logs, cancel and rerun them
    #[command(visible_alias = "builds")]
    Build(build::Args),
    /// Set pipelines, and look at them
    #[command(visible_alias = "pipelines")]
    Pipeline(pipeline::Args),
    /// Short for `pikoci pipeline validate`
    Validate(pipeline::validate::Args),
    /// Short for `pikoci pipeline diff`
    Diff(pipeline::diff::Args),
    /// List resources, look for new versions of them, pin them
    #[command(visible_alias = "resources")]
    Resource(resource::Args),
    /// Look at the built-in types, and try types of one's own
    #[command(visible_alias = "types")]
    Type(types::Args),
    /// Write a completion script for a shell to standard output
    Completions(completions::Args),
    /// What the built-in types call
    #[command(hide = true)]
    Builtin(builtin::Args),
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
        Command::Run(args) => run::run(&args),
        Command::Server(args) => server::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Job(args) => job::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Resource(args) => resource::run(&args),
        Command::Pipeline(args) => pipeline::run(&args),
        Command::Validate(args) => pipeline::validate::run(&args),
        Command::Diff(args) => pipeline::diff::run(&args),
        Command::Type(args) => types::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Builtin(args) => builtin::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
