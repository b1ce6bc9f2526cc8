//! `pikoci run [JOB]`: a job on this machine, without server, database or queue.

mod input;
mod local;
mod show;
mod stop;
mod work;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::pipeline_file::load_from_disk;
use crate::resolve::not_found;
use crate::terminal::table::table;
use crate::terminal::{clean, note, print};
use crate::variables::VarArgs;
use pikoci_lang::{Job, Pipeline};
use std::path::PathBuf;

/// The arguments of `pikoci run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The job. Without one, those of the pipeline are listed
    #[arg(value_name = "JOB", conflicts_with = "job")]
    name: Option<String>,
    /// The same, as a flag
    #[arg(long, short = 'j', value_name = "JOB")]
    job: Option<String>,
    /// The pipeline: a file, or a directory of `*.hcl` files. Without it `pipeline.hcl`, else `.pikoci/`
    #[arg(long, short = 'p', value_name = "FILE", env = "PIKOCI_PIPELINE_CONFIG")]
    pipeline_config: Option<PathBuf>,
    /// Copy a local tree instead of fetching the resource; repeatable
    #[arg(long = "resource", value_name = "TYPE.NAME=PATH")]
    resources: Vec<local::Local>,
    /// A variable of this process's environment that tasks get too; repeatable
    #[arg(long = "env", value_name = "NAME")]
    pass: Vec<String>,
    #[command(flatten)]
    variables: VarArgs,
}

/// Runs a job, whose outcome gives the exit code; without a job lists them.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let from_disk = load_from_disk(args.pipeline_config.as_deref(), None, &args.variables)?;
    let pipeline = from_disk.pipeline()?;
    let Some(name) = args.name.as_ref().or(args.job.as_ref()) else {
        return list(&pipeline);
    };
    let job = find(&pipeline, name)?;
    let local = local::resolve(&args.resources, &pipeline)?;
    for text in remarks(job, &local) {
        note(&text);
    }
    work::run(&pipeline, job, local, args.pass.clone())
}

fn find<'a>(pipeline: &'a Pipeline, name: &str) -> Result<&'a Job, Failure> {
    pipeline.job(name).ok_or_else(|| {
        let names: Vec<String> = pipeline.jobs.iter().map(|job| job.name.value.clone()).collect();
        not_found(format!("there is no job `{}`", clean(name)), name, &names)
    })
}

fn list(pipeline: &Pipeline) -> Result<Exit, Failure> {
    if pipeline.jobs.is_empty() {
        return Err(Failure::bad_input(format!("pipeline `{}` has no job", clean(&pipeline.name))));
    }
    let row = |job: &Job| {
        let gets: Vec<_> = job.gets().map(|get| get.resource.as_str()).collect();
        let tasks: Vec<_> = job.tasks().map(|task| task.name.as_str()).collect();
        [
            job.name.as_str(),
            &gets.join(", "),
            &tasks.join(", "),
            job.description.as_deref().unwrap_or_default(),
        ]
        .map(|text| clean(text).into_owned())
    };
    let rows: Vec<_> = pipeline.jobs.iter().map(row).collect();
    print(&table(["JOB", "GETS", "TASKS", "DESCRIPTION"], &rows))?;
    note("run one with `pikoci run JOB`");
    Ok(Exit::Succeeded)
}

/// What is otherwise here than on a server.
fn remarks(job: &Job, local: &local::Trees) -> Vec<String> {
    let passed = job.gets().filter(|get| !get.passed.is_empty());
    let passed = passed.map(|get| format!("`passed` of `{}` is not looked at here", clean(&get.resource)));
    let is_got = |resource: &str| job.gets().any(|get| get.resource == resource);
    let unused = local.keys().filter(|resource| !is_got(resource));
    let unused =
        unused.map(|resource| format!("job `{}` does not get `{}`", job.name.value, clean(resource)));
    passed.chain(unused).collect()
}
