//! `pikoci job list [PIPELINE]`

use crate::address::PipelineAddress;
use crate::client::model::Job;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::resolve;
use crate::terminal::{clean, style, table::table, time};

/// The arguments of `pikoci job list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the jobs of this pipeline
    pipeline: Option<PipelineAddress>,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows jobs.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let pipelines = resolve::ask::pipelines(client, args.pipeline.as_ref()).await?;
        Said::list(client.list_of_each(&pipelines, "jobs").await?, render)
    })
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
        last.map_or_else(|| "-".into(), |build| format!("#{}", clean(&build.number))),
        last.map_or_else(|| "-".into(), |build| style::status(build.shown_status())),
        last.map_or_else(|| "-".into(), |build| time::shown(&build.created_at)),
        job.running.to_string(),
        job.pending.to_string(),
        if triggers.is_empty() { "-".into() } else { clean(&triggers.join(", ")).into_owned() },
        note(job),
    ]
}

/// The one thing that matters most of why it does not run. `pikoci job why` has all.
fn note(job: &Job) -> String {
    let why = job.note.as_deref().or(job.why.first().map(|reason| &*reason.sentence));
    match (job.paused, why) {
        (true, _) => style::status("paused"),
        (false, why) => clean(why.unwrap_or_default()).into_owned(),
    }
}
