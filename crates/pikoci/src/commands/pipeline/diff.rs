//! `pikoci pipeline diff [FILE]`, for short `pikoci diff`

use super::proposal::ProposalArgs;
use super::shown::render;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;

/// The arguments of `pikoci pipeline diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pikoci diff
  pikoci pipeline diff ci/shop.hcl --name shop --exit-code")]
pub(crate) struct Args {
    #[command(flatten)]
    proposal: ProposalArgs,
    /// End with exit code 1 if there are differences
    #[arg(long, help_heading = None)]
    exit_code: bool,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows what setting the pipeline would change.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let proposal = args.proposal.load()?;
    args.ask.work(async |client| {
        let proposed = proposal.compare(client).await?;
        let is_same = proposed.diff.pipeline == "unchanged";
        let plain = match is_same {
            true => format!("{} is as it is on the server\n", proposal.name),
            false => render(&proposal.name, &proposed.diff),
        };
        Said { json: proposed.json, plain }.show(args.ask.format())?;
        Ok(if args.exit_code && !is_same { Exit::Failed } else { Exit::Succeeded })
    })
}
