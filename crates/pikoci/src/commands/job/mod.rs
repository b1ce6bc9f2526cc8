//! `pikoci job …`

mod list;
mod trigger;

use crate::exit::Exit;
use crate::failure::Failure;

/// The arguments of `pikoci job`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show jobs with their last build, and what waits
    List(list::Args),
    /// Start a build of a job
    Trigger(trigger::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Trigger(args) => trigger::run(args),
    }
}
