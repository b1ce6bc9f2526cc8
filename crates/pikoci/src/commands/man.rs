//! `pikoci man DIR`, for those who make packages.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::CommandFactory;
use std::path::PathBuf;

/// The arguments of `pikoci man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory, which is made if it is missing; one page for each command
    dir: PathBuf,
}

/// Writes the pages.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let dir = args.dir.display();
    std::fs::create_dir_all(&args.dir)
        .and_then(|()| clap_mangen::generate_to(crate::Cli::command(), &args.dir))
        .map_err(|error| Failure::errored(format!("cannot write manual pages into {dir}: {error}")))?;
    Ok(Exit::Succeeded)
}
