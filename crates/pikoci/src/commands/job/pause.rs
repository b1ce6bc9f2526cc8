//! `pikoci job pause JOB`, `pikoci job unpause JOB`

use crate::address::JobAddress;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::clean;
use serde_json::json;

/// The arguments of both.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The job: `test`, or `shop/test` where several pipelines have one
    job: JobAddress,
    #[command(flatten)]
    ask: AskArgs,
}

/// Pauses or unpauses a job.
pub(super) fn run(args: &Args, pause: bool) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let job = resolve::ask::job(client, Some(&args.job)).await?;
        let verb = if pause { "pause" } else { "unpause" };
        client.act(&format!("{}/{verb}", job.path())).await?;
        let job = clean(&job.to_string()).into_owned();
        let said = match pause {
            true => format!("{job} is paused: no build of it starts until `pikoci job unpause {job}`"),
            false => format!("{job} is not paused"),
        };
        Ok(Said::done(json!({ "job": job, "paused": pause }), &said))
    })
}
