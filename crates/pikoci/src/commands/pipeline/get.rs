//! `pikoci pipeline get [PIPELINE] [--revision N]`

use crate::address::PipelineAddress;
use crate::client::http::read;
use crate::client::model::{Pipeline, Revision};
use crate::commands::ask::AskArgs;
use crate::commands::output::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{print_json, raw};
use std::io::Write;

/// The arguments of `pikoci pipeline get`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The pipeline: `shop`. Without it, the only one
    pipeline: Option<PipelineAddress>,
    /// An older revision; `pikoci pipeline revisions` lists them
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Writes the text of a revision, byte for byte as it was set.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.work(async |client| {
        let path = resolve::ask::pipeline(client, args.pipeline.as_ref()).await?.path();
        let number = match args.revision {
            Some(number) => number,
            None => read::<Pipeline>(client.get(&path).await?)?.revision,
        };
        let answer = client.get(&format!("{path}/revisions/{number}")).await?;
        match args.ask.format() {
            Format::Json => print_json(&answer)?,
            Format::Plain => {
                let text = read::<Revision>(answer)?.source.unwrap_or_default();
                let written = raw().and_then(|mut out| out.write_all(text.as_bytes()));
                written.map_err(|error| Failure::output(&error))?;
            }
        }
        Ok(Exit::Succeeded)
    })
}
