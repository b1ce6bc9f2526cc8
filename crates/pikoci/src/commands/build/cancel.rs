//! `pikoci build cancel BUILD`

use crate::address::BuildAddress;
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::path::segment;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::clean;

/// The arguments of `pikoci build cancel`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build: `shop/test#7`, `test#last`, `'#7'` (quoted: to a shell a lone # is a comment), an id or a URL
    #[arg(long_help = super::ADDRESS_HELP)]
    build: BuildAddress,
    #[command(flatten)]
    ask: AskArgs,
}

/// Cancels a build.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let before: Build = read(resolve::ask::build(client, &args.build, None).await?)?;
        let answer = client.post(&format!("/api/v1/builds/{}/cancel", segment(&before.id))).await?;
        Said::object(answer, |after| render(&before, after))
    })
}

fn render(before: &Build, after: &Build) -> String {
    let address = after.address();
    let said = match after.status.as_str() {
        _ if before.has_ended() => format!("{address} had ended before: {}", before.status),
        _ if after.has_ended() => format!("{address} {}", after.status),
        _ => format!("{address} is being cancelled; see how it ends with: pikoci build watch {address}"),
    };
    format!("{}\n", clean(&said))
}
