//! `pikoci resource list [PIPELINE]`

use crate::address::ScopeAddress;
use crate::client::args::ConnectionArgs;
use crate::client::error::Error;
use crate::client::model::{Page, Resource, Version};
use crate::client::{self, Client};
use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, PipelineRef};
use crate::terminal::{
    clean, print, print_json, style,
    table::{cell, table},
    time,
};

/// The arguments of `pikoci resource list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the resources of this pipeline
    pipeline: Option<ScopeAddress>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Shows resources.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let pipelines = resolve::ask::pipelines(&client, args.pipeline.as_ref()).await?;
        let page = all_resources(&client, &pipelines).await?;
        match args.output.output {
            Format::Json => print_json(&page.into_json())?,
            Format::Plain => print(&render(&page.read()?))?,
        }
        Ok(Exit::Succeeded)
    })
}

async fn all_resources(client: &Client, pipelines: &[PipelineRef]) -> Result<Page, Error> {
    let mut all = Page::default();
    for pipeline in pipelines {
        all.items.extend(client.list(&format!("{}/resources", pipeline.path()), None).await?.items);
    }
    Ok(all)
}

fn render(resources: &[Resource]) -> String {
    let rows: Vec<_> = resources.iter().map(row).collect();
    table(["RESOURCE", "NEWEST", "MESSAGE", "CHECKED", "EVERY", "CHECK"], &rows)
}

fn row(resource: &Resource) -> [String; 6] {
    let newest = resource.newest.as_ref();
    [
        clean(&resource.address()).into_owned(),
        newest.map_or_else(|| "-".into(), |version| cell(&version.line())),
        clean(newest.and_then(Version::message).unwrap_or_default()).into_owned(),
        resource.last_checked_at.as_deref().map_or_else(|| "never".into(), time::shown),
        resource.check_interval_ms.map_or_else(|| "-".into(), time::interval),
        state(resource),
    ]
}

/// How the last check went.
fn state(resource: &Resource) -> String {
    match &resource.check_error {
        _ if resource.checking => style::status("running"),
        // The whole of it is what `resource check` shows.
        Some(error) => {
            format!("{} {}", style::status("failed"), clean(error.lines().next().unwrap_or_default()))
        }
        None if resource.last_checked_at.is_some() => "ok".into(),
        None => "-".into(),
    }
}
