//! `pikoci job …`

mod list;
mod pause;
mod trigger;
mod why;

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
    /// Say why a job is not running, and what would let it
    Why(why::Args),
    /// Start no more builds of a job; what runs goes on
    Pause(pause::Args),
    /// Let a paused job go on
    Unpause(pause::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Trigger(args) => trigger::run(args),
        Verb::Why(args) => why::run(args),
        Verb::Pause(args) => pause::run(args, true),
        Verb::Unpause(args) => pause::run(args, false),
    }
}
