//! `pikoci build list [JOB or PIPELINE] [--limit N]`

use crate::address::ScopeAddress;
use crate::client::Client;
use crate::client::error::Error;
use crate::client::model::{Build, Page};
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, Scope};
use crate::terminal::{
    clean, style,
    table::{cell, table},
    time,
};
use serde_json::Value;
use std::num::NonZeroUsize;

/// The arguments of `pikoci build list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the builds of this job (`shop/test`) or pipeline (`shop`)
    scope: Option<ScopeAddress>,
    /// How many, at most
    #[arg(long, short, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows builds.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let scope = resolve::ask::scope(client, args.scope.as_ref()).await?;
        Said::list(builds(client, &scope, args.limit.get()).await?, render)
    })
}

/// The newest builds of a job, or of all jobs of some pipelines.
async fn builds(client: &Client, scope: &Scope, limit: usize) -> Result<Page, Error> {
    let jobs = match scope {
        Scope::Job(job) => return client.list(&format!("{}/builds", job.path()), Some(limit)).await,
        Scope::Jobs(jobs) => jobs,
    };
    let mut all = Page::default();
    for job in jobs {
        all.items.extend(client.list(&format!("{}/builds", job.path()), Some(limit)).await?.items);
    }
    all.items.sort_by(|left, right| created(right).cmp(created(left)));
    all.items.truncate(limit);
    Ok(all)
}

/// When a build was made. The API's times all have one length and one zone, so that text order is theirs.
fn created(build: &Value) -> &str {
    build.get("created_at").and_then(Value::as_str).unwrap_or_default()
}

fn render(builds: &[Build]) -> String {
    if builds.is_empty() {
        return "no builds yet; start one with `pikoci job trigger`\n".into();
    }
    let rows: Vec<_> = builds.iter().map(row).collect();
    table(["BUILD", "STATUS", "CREATED", "TOOK", "CAUSE", "NOTE"], &rows)
}

fn row(build: &Build) -> [String; 6] {
    [
        clean(&build.address()).into_owned(),
        style::status(build.shown_status()),
        time::shown(&build.created_at),
        build.duration_ms.map_or_else(|| "-".into(), time::duration),
        cell(&build.cause_text()),
        clean(build.message.as_deref().or(build.waiting_for.as_deref()).unwrap_or_default()).into_owned(),
    ]
}
