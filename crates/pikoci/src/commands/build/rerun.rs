//! `pikoci build rerun BUILD [--watch]`

use super::started;
use crate::address::{BuildAddress, Which};
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::path::segment;
use crate::commands::ask::AskArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;

/// The arguments of `pikoci build rerun`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A rerun takes the same versions again, whatever came since; its number is the build's and one after a dot: #7.1.

Examples:
  pikoci build rerun shop/test#7 --watch
  pikoci build rerun test#failed")]
pub(crate) struct Args {
    /// The build: `shop/test#7`, `test#last`, `test#failed`, an id or a URL; a job alone is its newest build
    #[arg(long_help = super::ADDRESS_HELP)]
    build: BuildAddress,
    /// Follow the new build, and end with its exit code
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    ask: AskArgs,
}

/// Runs a build's versions again.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.work(async |client| {
        let build: Build = read(resolve::ask::build(client, &args.build, Some(Which::Last)).await?)?;
        let answer = client.post_once(&format!("/api/v1/builds/{}/rerun", segment(&build.id)), None).await?;
        started(client, answer.clone(), &read(answer)?, args.watch, args.ask.format()).await
    })
}
