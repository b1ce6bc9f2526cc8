//! `pikoci pipeline …`

mod delete;
pub(super) mod diff;
mod get;
mod list;
mod pause;
mod proposal;
mod revisions;
mod set;
mod shown;
pub(super) mod validate;

use crate::exit::Exit;
use crate::failure::Failure;

/// The arguments of `pikoci pipeline`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Set a pipeline on a server, after showing what that changes
    Set(set::Args),
    /// Show what setting a pipeline would change and start
    Diff(diff::Args),
    /// Look for mistakes in pipeline files, without a server
    Validate(validate::Args),
    /// Show pipelines, and how their jobs stand
    List(list::Args),
    /// Write a pipeline's text to standard output, as it was set
    Get(get::Args),
    /// Show who set a pipeline when
    Revisions(revisions::Args),
    /// Start no more builds and checks of a pipeline; what runs goes on
    Pause(pause::Args),
    /// Let a paused pipeline go on
    Unpause(pause::Args),
    /// Archive a pipeline: nothing of it runs any more, its history stays
    Delete(delete::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Set(args) => set::run(args),
        Verb::Diff(args) => diff::run(args),
        Verb::Validate(args) => validate::run(args),
        Verb::List(args) => list::run(args),
        Verb::Get(args) => get::run(args),
        Verb::Revisions(args) => revisions::run(args),
        Verb::Pause(args) => pause::run(args, true),
        Verb::Unpause(args) => pause::run(args, false),
        Verb::Delete(args) => delete::run(args),
    }
}
