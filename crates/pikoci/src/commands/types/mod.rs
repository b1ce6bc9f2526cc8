//! `pikoci type …`

mod test;

use crate::exit::Exit;
use crate::failure::Failure;

/// The arguments of `pikoci type`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Try a type of a file on this machine
    Test(Box<test::Args>),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Test(args) => test::run(args),
    }
}
