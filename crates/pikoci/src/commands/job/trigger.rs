//! `pikoci job trigger [JOB] [--watch]`

use crate::address::JobAddress;
use crate::client::args::ConnectionArgs;
use crate::client::error::Error;
use crate::client::http::read;
use crate::client::model::Build;
use crate::client::{self, Client};
use crate::commands::build::watch;
use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{clean, print, print_json};
use serde_json::Value;
use std::time::Duration;

/// How often a trigger is sent again when its connection broke. The key makes that safe.
const AGAIN: u32 = 2;

/// The arguments of `pikoci job trigger`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The job: `test`, or `shop/test` where several pipelines have one. Without it, the only job
    job: Option<JobAddress>,
    /// Follow the build, and end with its exit code
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Starts a build.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let job = resolve::ask::job(&client, args.job.as_ref()).await?;
        let answer = post(&client, &format!("{}/builds", job.path())).await?;
        let build: Build = read(answer.clone())?;
        match (args.watch, args.output.output) {
            (true, format) => return watch::follow(&client, &build, format).await,
            (false, Format::Json) => print_json(&answer)?,
            (false, Format::Plain) => print(&render(&build))?,
        }
        Ok(Exit::Succeeded)
    })
}

/// Posts with a key of its own, so that an answer that was lost on its way makes no second build.
async fn post(client: &Client, path: &str) -> Result<Value, Error> {
    let key = ulid::Ulid::generate().to_string();
    let mut tries = 0;
    loop {
        match client.post(path, &[("idempotency-key", &key)]).await {
            Err(Error::Broken(_)) if tries < AGAIN => tries += 1,
            answer => return answer,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn render(build: &Build) -> String {
    let address = build.address();
    let waiting = build.waiting_for.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let said = clean(&format!("{address} {}{waiting}", build.status)).into_owned();
    format!("{said}\nFollow it with: pikoci build watch {}\n", clean(&address))
}
