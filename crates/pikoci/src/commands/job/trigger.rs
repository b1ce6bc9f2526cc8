//! `pikoci job trigger [JOB] [--version TYPE.NAME=JSON] [--watch]`

use crate::address::JobAddress;
use crate::client::http::read;
use crate::commands::ask::AskArgs;
use crate::commands::build::started;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::version_text::Forced;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The arguments of `pikoci job trigger`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pikoci job trigger test --watch
  pikoci job trigger shop/deploy --version 'git.app={\"ref\": \"3f2a91c…\"}'")]
pub(crate) struct Args {
    /// The job: `test`, or `shop/test` where several pipelines have one. Without it, the only job
    job: Option<JobAddress>,
    /// A version that an input is to take, in place of the newest; it must be known to the server. Of its keys some are enough,
    /// of a value the beginning (4 characters or more) that only one version has
    #[arg(long = "version", value_name = "TYPE.NAME=JSON")]
    versions: Vec<Forced>,
    /// Follow the build, and end with its exit code
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    ask: AskArgs,
}

/// Starts a build.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.work(async |client| {
        let job = resolve::ask::job(client, args.job.as_ref()).await?;
        let answer = client.post_once(&format!("{}/builds", job.path()), body(&args.versions)).await?;
        started(client, answer.clone(), &read(answer)?, args.watch, args.ask.format()).await
    })
}

/// What the request says: nothing where nothing is asked for.
fn body(versions: &[Forced]) -> Option<Value> {
    let asked: BTreeMap<_, BTreeMap<_, _>> =
        versions.iter().map(|forced| (&forced.resource, forced.version.identifying().collect())).collect();
    (!asked.is_empty()).then(|| json!({ "versions": asked }))
}
