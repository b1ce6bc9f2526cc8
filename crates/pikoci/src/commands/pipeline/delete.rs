//! `pikoci pipeline delete PIPELINE [--yes]`

use crate::address::PipelineAddress;
use crate::commands::ask::{AskArgs, Said};
use crate::commands::confirm::{Answer, ConfirmArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::clean;
use serde_json::json;

/// The arguments of `pikoci pipeline delete`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The pipeline: `shop`
    pipeline: PipelineAddress,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    ask: AskArgs,
}

/// Archives a pipeline.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.work(async |client| {
        let pipeline = resolve::ask::pipeline(client, Some(&args.pipeline)).await?;
        let name = clean(&pipeline.to_string()).into_owned();
        let question = format!("Archive {name}? Nothing of it runs any more; its history stays.");
        if args.confirm.ask(&question)? == Answer::No {
            return Ok(Exit::Cancelled);
        }
        client.delete(&pipeline.path()).await?;
        let said = format!("{name} is archived; `pikoci pipeline set FILE --name {name}` brings it back");
        Said::done(json!({ "pipeline": name, "archived": true }), &said).show(args.ask.format())?;
        Ok(Exit::Succeeded)
    })
}
