//! `pikoci resource webhook [RESOURCE]`

use crate::address::ResourceAddress;
use crate::client::Client;
use crate::client::http::read;
use crate::client::model::{Pipeline, Resource};
use crate::client::path::segment;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, MemberRef};
use crate::terminal::{clean, note};
use serde_json::json;

/// The arguments of `pikoci resource webhook`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Whoever posts to the address has the resource checked at once; no other token is needed, so keep it to yourself.

Example:
  curl -X POST \"$(pikoci resource webhook git.app)\"")]
pub(crate) struct Args {
    /// The resource: `git.app`, or `shop/git.app` where several pipelines have one. Without it, the only one
    resource: Option<ResourceAddress>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Prints the address that a forge is to post to.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let member = resolve::ask::resource(client, args.resource.as_ref()).await?;
        let resource: Resource = read(client.get(&member.path()).await?)?;
        let Some(token) = resource.webhook_token else {
            let what = format!("the webhook of {} is not told to you", clean(&member.to_string()));
            return Err(Failure::new(Exit::NotAllowed, what).hint("only who may set the pipeline may see it"));
        };
        let path = format!("/webhooks/{}", segment(&token));
        let url = match base(client, &member).await? {
            Some(base) => format!("{base}{path}"),
            None => {
                note("over the socket the server's address is not known: put it before this path");
                path
            }
        };
        Ok(Said::done(json!({ "resource": member.to_string(), "url": url }), &clean(&url)))
    })
}

/// The server's address: the one that was asked, over a socket what the server says itself.
async fn base(client: &Client, member: &MemberRef) -> Result<Option<String>, Failure> {
    if let Some(base) = client.base_url() {
        return Ok(Some(base));
    }
    let pipeline: Pipeline = read(client.get(&member.pipeline.path()).await?)?;
    let url = pipeline.url.as_deref().and_then(|url| url.split_once("/teams/"));
    Ok(url.map(|(base, _)| base.to_owned()))
}
