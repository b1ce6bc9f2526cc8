//! `pikoci resource …`

mod check;
mod check_file;
mod choose;
mod list;
mod pin;
mod versions;
mod webhook;

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
    /// Show the versions of a resource, newest first
    Versions(versions::Args),
    /// Hold a resource at a version: builds take no other
    Pin(pin::Args),
    /// Let a pinned resource go on
    Unpin(pin::UnpinArgs),
    /// Print the address that a forge posts to when something is new
    Webhook(webhook::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args),
        Verb::Check(args) => check::run(args),
        Verb::Versions(args) => versions::run(args),
        Verb::Pin(args) => pin::run(args),
        Verb::Unpin(args) => pin::unpin(args),
        Verb::Webhook(args) => webhook::run(args),
    }
}
