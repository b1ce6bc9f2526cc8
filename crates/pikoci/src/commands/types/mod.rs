//! `pikoci type …`

mod list;
mod show;
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
    /// Show the built-in types
    List(list::Args),
    /// Show a built-in type: what it is for, its parameters, its text
    Show(show::Args),
    /// Try a type of a file on this machine
    Test(Box<test::Args>),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Show(args) => show::run(args),
        Verb::Test(args) => test::run(args),
    }
}
