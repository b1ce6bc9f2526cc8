//! `pikoci resource versions [RESOURCE]`

use crate::address::ResourceAddress;
use crate::client::model::FoundVersion;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{
    clean,
    table::{cell, table},
    time,
};
use std::num::NonZeroUsize;

/// The arguments of `pikoci resource versions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The resource: `git.app`, or `shop/git.app` where several pipelines have one. Without it, the only one
    resource: Option<ResourceAddress>,
    /// Only the versions of this space: of this branch, of this pull request
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    /// How many, at most
    #[arg(long, short, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows the versions of a resource, newest first.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let resource = resolve::ask::resource(client, args.resource.as_ref()).await?;
        let path = format!("{}/versions", resource.path());
        let query = [("space", args.space.clone())];
        Said::list(client.list_where(&path, &query, Some(args.limit.get())).await?, |versions| {
            render(&resource.to_string(), versions)
        })
    })
}

fn render(resource: &str, versions: &[FoundVersion]) -> String {
    if versions.is_empty() {
        let resource = clean(resource);
        return format!("no versions yet; look for some with `pikoci resource check {resource}`\n");
    }
    let rows: Vec<_> = versions.iter().map(row).collect();
    table(["VERSION", "SPACE", "FOUND", "MESSAGE", "NOTE"], &rows)
}

fn row(found: &FoundVersion) -> [String; 5] {
    let notes = [("pinned", found.pinned), ("untrusted", found.untrusted)];
    let notes: Vec<_> = notes.iter().filter(|(_, is_so)| *is_so).map(|(note, _)| *note).collect();
    [
        cell(&found.version.line()),
        clean(found.space.as_deref().filter(|space| !space.is_empty()).unwrap_or("-")).into_owned(),
        found.found_at.as_deref().map_or_else(|| "-".into(), time::shown),
        clean(found.version.message().unwrap_or_default()).into_owned(),
        notes.join(", "),
    ]
}
