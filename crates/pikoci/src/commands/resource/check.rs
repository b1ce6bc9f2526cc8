//! `pikoci resource check [RESOURCE]`

use crate::address::ResourceAddress;
use crate::client;
use crate::client::args::ConnectionArgs;
use crate::client::http::read;
use crate::client::model::{Checked, Version};
use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, MemberRef};
use crate::terminal::{clean, print, print_json};

/// The arguments of `pikoci resource check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The resource: `git.app`, or `shop/git.app` where several pipelines have one. Without it, the only one
    resource: Option<ResourceAddress>,
    /// Ask for the check, and do not wait for what it finds
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Has a resource checked, and shows what is new. A check that fails ends with exit code 1.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let resource = resolve::ask::resource(&client, args.resource.as_ref()).await?;
        let wait = if args.no_wait { "" } else { "?wait=true" };
        let answer = client.post(&format!("{}/check{wait}", resource.path()), &[]).await?;
        let checked: Checked = read(answer.clone())?;
        match args.output.output {
            Format::Json => print_json(&answer)?,
            Format::Plain if args.no_wait => print(&format!("{resource} will be checked\n"))?,
            Format::Plain => print(&render(&resource, &checked))?,
        }
        outcome(&resource, &checked)
    })
}

fn render(resource: &MemberRef, checked: &Checked) -> String {
    match checked.new_versions.as_slice() {
        [] if checked.error.is_some() => String::new(),
        [] => format!("{resource} has no new version\n"),
        versions => versions.iter().map(|version| line(resource, version)).collect(),
    }
}

fn line(resource: &MemberRef, version: &Version) -> String {
    let message = version.message().map(|message| format!("  {message}")).unwrap_or_default();
    format!("{}\n", clean(&format!("{resource} {}{message}", version.line())))
}

fn outcome(resource: &MemberRef, checked: &Checked) -> Result<Exit, Failure> {
    match &checked.error {
        None => Ok(Exit::Succeeded),
        Some(error) => {
            // What a check printed may have several lines, each of which may hold the reason.
            let lines: Vec<_> = error.trim().lines().map(clean).collect();
            Err(Failure::new(Exit::Failed, format!("the check of {resource} failed: {}", lines.join("\n"))))
        }
    }
}
