//! `pikoci build cancel BUILD`

use crate::address::BuildAddress;
use crate::client;
use crate::client::args::ConnectionArgs;
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::path::segment;
use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{clean, print, print_json};

/// The arguments of `pikoci build cancel`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build: `shop/test#7`, `test#last`, `'#7'` (quoted: to a shell a lone # is a comment), an id or a URL
    #[arg(long_help = super::ADDRESS_HELP)]
    build: BuildAddress,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Cancels a build.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let before: Build = read(resolve::ask::build(&client, &args.build, None).await?)?;
        let answer = client.post(&format!("/api/v1/builds/{}/cancel", segment(&before.id)), &[]).await?;
        match args.output.output {
            Format::Json => print_json(&answer)?,
            Format::Plain => print(&render(&before, &read(answer)?))?,
        }
        Ok(Exit::Succeeded)
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
