//! `pikoci resource …`

mod check;
mod check_file;
mod list;

use crate::exit::Exit;
use crate::failure::Failure;

/// The arguments of `pikoci resource`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show resources with their newest version and last check
    List(list::Args),
    /// Look for new versions now, on a server or on this machine
    Check(Box<check::Args>),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Check(args) => check::run(args),
    }
}
