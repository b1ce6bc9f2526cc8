//! `pikoci resource list [PIPELINE]`

use crate::address::PipelineAddress;
use crate::client::model::{Resource, Version};
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{
    clean, style,
    table::{cell, table},
    time,
};

/// The arguments of `pikoci resource list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the resources of this pipeline
    pipeline: Option<PipelineAddress>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows resources.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let pipelines = resolve::ask::pipelines(client, args.pipeline.as_ref()).await?;
        Said::list(client.list_of_each(&pipelines, "resources").await?, render)
    })
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
        every(resource),
        state(resource),
    ]
}

/// When it is checked.
fn every(resource: &Resource) -> String {
    match (resource.check_interval_ms, &resource.schedule) {
        _ if resource.on_demand => "on demand".into(),
        (Some(interval), _) => time::interval(interval),
        (None, Some(schedule)) => clean(schedule).into_owned(),
        (None, None) => "-".into(),
    }
}

/// How the last check went, and whether it is held at a version.
fn state(resource: &Resource) -> String {
    let check = match &resource.check_error {
        _ if resource.checking => style::status("running"),
        // The whole of it is what `resource check` shows.
        Some(error) => {
            format!("{} {}", style::status("failed"), clean(error.lines().next().unwrap_or_default()))
        }
        None if resource.last_checked_at.is_some() => "ok".into(),
        None => "-".into(),
    };
    match &resource.pin {
        Some(pin) => {
            let comment = pin.comment.as_ref().map(|why| format!(" ({})", clean(why))).unwrap_or_default();
            format!("{check}, pinned to {}{comment}", cell(&pin.version.line()))
        }
        None => check,
    }
}
