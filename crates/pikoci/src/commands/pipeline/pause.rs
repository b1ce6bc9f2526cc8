//! `pikoci pipeline pause PIPELINE`, `pikoci pipeline unpause PIPELINE`

use crate::address::PipelineAddress;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::clean;
use serde_json::json;

/// The arguments of both.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The pipeline: `shop`
    pipeline: PipelineAddress,
    #[command(flatten)]
    ask: AskArgs,
}

/// Pauses or unpauses a pipeline.
pub(super) fn run(args: &Args, pause: bool) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let pipeline = resolve::ask::pipeline(client, Some(&args.pipeline)).await?;
        let verb = if pause { "pause" } else { "unpause" };
        client.act(&format!("{}/{verb}", pipeline.path())).await?;
        let name = clean(&pipeline.to_string()).into_owned();
        let said = match pause {
            true => format!("{name} is paused: nothing of it starts until `pikoci pipeline unpause {name}`"),
            false => format!("{name} is not paused"),
        };
        Ok(Said::done(json!({ "pipeline": name, "paused": pause }), &said))
    })
}
