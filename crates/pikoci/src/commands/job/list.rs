//! `pikoci job list [PIPELINE]`

use crate::address::ScopeAddress;
use crate::client::args::ConnectionArgs;
use crate::client::error::Error;
use crate::client::model::{Job, Page};
use crate::client::{self, Client};
use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve::{self, PipelineRef};
use crate::terminal::{clean, print, print_json, style, table::table, time};

/// The arguments of `pikoci job list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the jobs of this pipeline
    pipeline: Option<ScopeAddress>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Shows jobs.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    client::block_on(async {
        let client = args.connection.client()?;
        let pipelines = resolve::ask::pipelines(&client, args.pipeline.as_ref()).await?;
        let page = all_jobs(&client, &pipelines).await?;
        match args.output.output {
            Format::Json => print_json(&page.into_json())?,
            Format::Plain => print(&render(&page.read()?))?,
        }
        Ok(Exit::Succeeded)
    })
}

async fn all_jobs(client: &Client, pipelines: &[PipelineRef]) -> Result<Page, Error> {
    let mut all = Page::default();
    for pipeline in pipelines {
        all.items.extend(client.list(&format!("{}/jobs", pipeline.path()), None).await?.items);
    }
    Ok(all)
}

fn render(jobs: &[Job]) -> String {
    let rows: Vec<_> = jobs.iter().map(row).collect();
    table(["JOB", "BUILD", "STATUS", "CREATED", "RUNNING", "PENDING", "STARTS WITH", "NOTE"], &rows)
}

fn row(job: &Job) -> [String; 8] {
    let last = job.last_build.as_ref();
    let triggers: Vec<_> =
        job.inputs.iter().filter(|input| input.trigger).map(|input| &*input.resource).collect();
    [
        clean(&job.address()).into_owned(),
        last.map_or_else(|| "-".into(), |build| format!("#{}", build.number)),
        last.map_or_else(|| "-".into(), |build| style::status(build.shown_status())),
        last.map_or_else(|| "-".into(), |build| time::shown(&build.created_at)),
        job.running.to_string(),
        job.pending.to_string(),
        if triggers.is_empty() { "-".into() } else { clean(&triggers.join(", ")).into_owned() },
        clean(job.note.as_deref().unwrap_or_default()).into_owned(),
    ]
}
