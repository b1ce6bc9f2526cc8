//! `pikoci pipeline …`

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
    /// Look for mistakes in pipeline files, without a server
    Validate(validate::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Validate(args) => validate::run(args),
    }
}
