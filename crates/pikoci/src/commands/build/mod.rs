//! `pikoci build …`

mod cancel;
mod list;
mod log;
mod rerun;
mod screen;
mod started;
mod waiting;
mod watch;

pub(super) use started::started;

use crate::exit::Exit;
use crate::failure::Failure;

/// How a build is named, as the help of each command that takes one tells it.
const ADDRESS_HELP: &str = "\
A build: `[[team/]pipeline/]job#NUMBER`, with #last or #failed for the newest (failed) one, its id, or its URL. \
Parts that can only mean one thing may be left out: `test#7`, and with a single job `'#7'` (quoted, as a \
shell takes a lone # for a comment). `:STEP` at the end names a step.";

/// The arguments of `pikoci build`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show builds, newest first
    List(list::Args),
    /// Follow a build until it ends, and end with its exit code
    Watch(watch::Args),
    /// Write a build's log to standard output
    Log(log::Args),
    /// Run a build's versions again
    Rerun(rerun::Args),
    /// Cancel a build
    Cancel(cancel::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Watch(args) => watch::run(args),
        Verb::Log(args) => log::run(args),
        Verb::Rerun(args) => rerun::run(args),
        Verb::Cancel(args) => cancel::run(args),
    }
}
