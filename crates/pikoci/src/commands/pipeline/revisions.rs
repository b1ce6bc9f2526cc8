//! `pikoci pipeline revisions [PIPELINE]`

use crate::address::PipelineAddress;
use crate::client::model::Revision;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{clean, table::table, time};
use std::num::NonZeroUsize;

/// The arguments of `pikoci pipeline revisions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The pipeline: `shop`. Without it, the only one
    pipeline: Option<PipelineAddress>,
    /// How many, at most
    #[arg(long, short, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows revisions.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let path = resolve::ask::pipeline(client, args.pipeline.as_ref()).await?.path();
        Said::list(client.list(&format!("{path}/revisions"), Some(args.limit.get())).await?, render)
    })
}

fn render(revisions: &[Revision]) -> String {
    let rows: Vec<_> = revisions.iter().map(row).collect();
    table(["REVISION", "SET", "BY", "SOURCES"], &rows)
}

fn row(revision: &Revision) -> [String; 4] {
    let sources: Vec<_> = revision.sources.iter().map(|source| &*source.address).collect();
    [
        revision.number.to_string(),
        revision.set_at.as_deref().map_or_else(|| "-".into(), time::shown),
        clean(revision.set_by.as_deref().unwrap_or("-")).into_owned(),
        clean(&sources.join(", ")).into_owned(),
    ]
}
