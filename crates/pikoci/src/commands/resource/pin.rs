//! `pikoci resource pin RESOURCE [VERSION]`, `pikoci resource unpin RESOURCE`

use super::choose::{Wanted, choose};
use crate::address::{ResourceAddress, VersionAddress};
use crate::client::model::FoundVersion;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{clean, table::cell};
use serde_json::json;

/// Among how many of the newest versions one is looked for.
const LOOKED_AT: usize = 1_000;

/// The arguments of `pikoci resource pin`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pikoci resource pin git.app@3f2a91c --comment 'until the fix is in'
  pikoci resource pin shop/image.app '{\"digest\": \"sha256:9c1e…\"}'")]
pub(crate) struct Args {
    /// The resource: `git.app`, or `shop/git.app` where several pipelines have one. `git.app@c2` names the version too
    resource: VersionAddress,
    /// The version, as `resource versions` shows it or as JSON: of its keys some are enough, of a long value the
    /// beginning. Without it, the newest
    #[arg(value_name = "VERSION")]
    version: Option<Wanted>,
    /// Why, for those who wonder
    #[arg(long, short = 'm', value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    ask: AskArgs,
}

/// The arguments of `pikoci resource unpin`.
#[derive(Debug, clap::Args)]
pub(crate) struct UnpinArgs {
    /// The resource: `git.app`, or `shop/git.app` where several pipelines have one
    resource: ResourceAddress,
    #[command(flatten)]
    ask: AskArgs,
}

/// Holds a resource at a version.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let wanted = args.wanted()?;
    args.ask.show(async |client| {
        let resource = resolve::ask::resource(client, Some(&args.resource.resource)).await?;
        let page = client.list(&format!("{}/versions", resource.path()), Some(LOOKED_AT)).await?;
        let versions: Vec<FoundVersion> = page.read()?;
        let name = clean(&resource.to_string()).into_owned();
        let version = &choose(&name, wanted.as_ref(), &versions)?.version;
        let body = json!({ "version": version.version, "comment": args.comment });
        let answer = client.put(&format!("{}/pin", resource.path()), &[], &body).await?;
        let said = format!(
            "{name} is pinned to {}: no other version is taken until `pikoci resource unpin {name}`",
            cell(&version.line())
        );
        Ok(Said::done(answer, &said))
    })
}

impl Args {
    /// The version, whichever way it was said.
    fn wanted(&self) -> Result<Option<Wanted>, Failure> {
        match (&self.resource.version, &self.version) {
            (Some(_), Some(_)) => Err(Failure::bad_input("the version is named twice")
                .hint("write `git.app@c2`, or `git.app ref=c2`")),
            (Some(text), None) => text.parse().map(Some).map_err(Failure::bad_input),
            (None, version) => Ok(version.clone()),
        }
    }
}

/// Lets it go on.
pub(super) fn unpin(args: &UnpinArgs) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let resource = resolve::ask::resource(client, Some(&args.resource)).await?;
        client.delete(&format!("{}/pin", resource.path())).await?;
        let name = clean(&resource.to_string()).into_owned();
        Ok(Said::done(json!({ "resource": name, "pin": null }), &format!("{name} is not pinned")))
    })
}
