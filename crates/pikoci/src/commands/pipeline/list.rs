//! `pikoci pipeline list`

use crate::client::model::Pipeline;
use crate::commands::ask::{AskArgs, Said};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{clean, style, table::table, time};

/// The arguments of `pikoci pipeline list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also those that were archived
    #[arg(long)]
    archived: bool,
    #[command(flatten)]
    ask: AskArgs,
}

/// Shows pipelines.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    args.ask.show(async |client| {
        let archived = args.archived.then(|| "true".to_owned());
        let page = client.list_where(client.pipelines_path(), &[("archived", archived)], None).await?;
        Said::list(page, render)
    })
}

fn render(pipelines: &[Pipeline]) -> String {
    if pipelines.is_empty() {
        return "no pipelines yet; set one with `pikoci pipeline set FILE`\n".into();
    }
    let rows: Vec<_> = pipelines.iter().map(row).collect();
    table(["PIPELINE", "REVISION", "SET", "BY", "JOBS", "NOTE"], &rows)
}

fn row(pipeline: &Pipeline) -> [String; 6] {
    [
        clean(&pipeline.address()).into_owned(),
        pipeline.revision.to_string(),
        pipeline.set_at.as_deref().map_or_else(|| "-".into(), time::shown),
        clean(pipeline.set_by.as_deref().unwrap_or("-")).into_owned(),
        jobs(pipeline),
        note(pipeline),
    ]
}

/// How its jobs stand: `2 succeeded, 1 failed`.
fn jobs(pipeline: &Pipeline) -> String {
    let counts = pipeline.status;
    let states = [
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("running", counts.running),
        ("pending", counts.pending),
        ("cancelled", counts.cancelled),
        ("succeeded", counts.succeeded),
    ];
    let known: u64 = states.iter().map(|(_, count)| count).sum();
    let never = (pipeline.jobs.len() as u64).saturating_sub(known);
    let told = states.iter().filter(|(_, count)| *count > 0);
    let mut told: Vec<_> = told.map(|(word, count)| format!("{count} {}", style::status(word))).collect();
    told.extend((never > 0).then(|| format!("{never} never ran")));
    if told.is_empty() { "-".into() } else { told.join(", ") }
}

fn note(pipeline: &Pipeline) -> String {
    match (pipeline.archived, pipeline.paused) {
        (true, _) => "archived".into(),
        (false, true) => style::status("paused"),
        (false, false) => String::new(),
    }
}
