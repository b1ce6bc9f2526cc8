//! `pikoci resource webhook [RESOURCE]`

use crate::address::ResourceAddress;
use crate::client::http::read;
use crate::client::model::Resource;
use crate::client::path::segment;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
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
            if resource.name.starts_with("cron.") || resource.name.starts_with("trigger.") {
                let what = format!(
                    "{} has no webhook: nothing outside is checked for it",
                    clean(&member.to_string())
                );
                return Err(Failure::bad_input(what).hint("`pikoci job trigger` starts a build by hand"));
            }
            let what = format!("the webhook of {} is not told to you", clean(&member.to_string()));
            return Err(Failure::new(Exit::NotAllowed, what).hint("only who may set the pipeline may see it"));
        };
        let path = format!("/webhooks/{}", segment(&token));
        let asked = || client.base_url().map(|base| format!("{base}{path}"));
        let url = resource.webhook_url.or_else(asked).unwrap_or_else(|| {
            note("the server was started without --external-url: put its address before this path");
            path.clone()
        });
        Ok(Said::done(json!({ "resource": member.to_string(), "url": url }), &clean(&url)))
    })
}
