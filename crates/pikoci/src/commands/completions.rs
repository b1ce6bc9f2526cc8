//! `pikoci completions SHELL`

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;
use clap::CommandFactory;

/// The arguments of `pikoci completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell, e.g. `bash`: `source <(pikoci completions bash)`
    shell: clap_complete::Shell,
}

/// Writes the script.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Cli::command(), "pikoci", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Succeeded)
}
