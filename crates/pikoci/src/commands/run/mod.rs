//! `pikoci run [JOB]`: jobs on this machine, without server, database or queue.

mod flow;
mod forced;
mod input;
pub(super) mod local;
mod order;
mod remarks;
mod work;

use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::To;
use crate::pipeline_file::load_from_disk;
use crate::suggest::not_found;
use crate::terminal::table::table;
use crate::terminal::{clean, note, print, print_json};
use crate::variables::VarArgs;
use order::{Node, order};
use pikoci_executor::Settings;
use pikoci_lang::{Job, Pipeline};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
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
    /// Every job, each after those in its `passed`, with the versions that these took and made
    #[arg(long, conflicts_with_all = ["name", "job"])]
    all: bool,
    /// The pipeline: a file, or a directory of `*.hcl` files. Without it `pipeline.hcl`, else `.pikoci/`
    #[arg(long, short = 'p', value_name = "FILE", env = "PIKOCI_PIPELINE_CONFIG")]
    pipeline_config: Option<PathBuf>,
    /// Copy a local tree instead of fetching the resource; repeatable
    #[arg(long = "resource", value_name = "TYPE.NAME=PATH")]
    resources: Vec<local::Local>,
    /// Take this version of a resource instead of its newest: 'git.app={"ref": "3f2a…"}'; repeatable
    #[arg(long = "version", value_name = "TYPE.NAME=JSON")]
    versions: Vec<crate::version_text::Forced>,
    /// Do what puts say. Without it they are only shown
    #[arg(long)]
    allow_put: bool,
    /// Keep the work directory, and say where it is
    #[arg(long)]
    keep: bool,
    /// Open a shell where a task failed, in its directory and with its environment; needs a terminal
    #[arg(long)]
    shell_on_failure: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    variables: VarArgs,
}

/// What processes get of our own environment.
#[derive(Debug, clap::Args)]
pub(super) struct EnvironmentArgs {
    /// A variable of this process's environment that tasks get too; repeatable
    #[arg(long = "env", value_name = "NAME", env = "PIKOCI_ENV", value_delimiter = ',')]
    pass: Vec<String>,
    /// A variable of this process's environment that secret types get, besides VAULT_…; repeatable
    #[arg(long = "secret-env", value_name = "NAME", env = "PIKOCI_SECRET_ENV", value_delimiter = ',')]
    secret_pass: Vec<String>,
}

impl EnvironmentArgs {
    /// The settings of the executor that these are.
    pub(super) fn settings(&self) -> Settings {
        let (pass, secret_pass) = (self.pass.clone(), self.secret_pass.clone());
        Settings { pass, secret_pass, ..Settings::default() }
    }
}

/// What a run is asked for, resolved.
struct Request<'a> {
    pipeline: &'a Pipeline,
    /// Whether it is of all jobs, so that `passed` counts.
    is_all: bool,
    local: local::Trees,
    versions: forced::Versions,
    allows_puts: bool,
    keeps_work: bool,
    opens_shells: bool,
    settings: Settings,
    to: To,
}

/// Runs a job, whose outcome gives the exit code; without a job lists them.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let from_disk = load_from_disk(args.pipeline_config.as_deref(), None, &args.variables)?;
    let pipeline = from_disk.pipeline_to_run()?;
    let jobs = match args.name.as_ref().or(args.job.as_ref()) {
        Some(name) => vec![find(&pipeline, name)?],
        None if args.all => in_order(&pipeline)?,
        None => return list(&pipeline, args.output.output),
    };
    let request = request(args, &pipeline)?;
    for text in remarks::of(&jobs, &request) {
        note(&text);
    }
    work::run(&request, &jobs)
}

fn request<'a>(args: &Args, pipeline: &'a Pipeline) -> Result<Request<'a>, Failure> {
    if args.shell_on_failure && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::bad_input("--shell-on-failure needs a terminal, for input and output"));
    }
    Ok(Request {
        pipeline,
        is_all: args.all,
        local: local::resolve(&args.resources, pipeline)?,
        versions: forced::resolve(&args.versions, pipeline)?,
        allows_puts: args.allow_put,
        keeps_work: args.keep,
        opens_shells: args.shell_on_failure,
        settings: args.environment.settings(),
        to: match args.output.output {
            Format::Plain => To::People,
            Format::Json => To::Machines,
        },
    })
}

fn find<'a>(pipeline: &'a Pipeline, name: &str) -> Result<&'a Job, Failure> {
    pipeline.job(name).ok_or_else(|| {
        let names: Vec<String> = pipeline.jobs.iter().map(|job| job.name.value.clone()).collect();
        not_found(format!("there is no job `{}`", clean(name)), name, &names)
    })
}

/// All jobs, each after those in its `passed`.
fn in_order(pipeline: &Pipeline) -> Result<Vec<&Job>, Failure> {
    let after = |job: &Job| -> BTreeSet<String> {
        job.gets().flat_map(|get| get.passed.iter().map(|job| job.value.clone())).collect()
    };
    let waits: Vec<_> = pipeline.jobs.iter().map(after).collect();
    let waits: Vec<BTreeSet<&str>> =
        waits.iter().map(|jobs| jobs.iter().map(String::as_str).collect()).collect();
    let nodes: Vec<_> =
        pipeline.jobs.iter().zip(&waits).map(|(job, after)| Node { job: job.name.as_str(), after }).collect();
    let names = order(&nodes);
    if names.is_empty() {
        return Err(no_job(pipeline));
    }
    Ok(names.into_iter().filter_map(|name| pipeline.job(name)).collect())
}

fn no_job(pipeline: &Pipeline) -> Failure {
    Failure::bad_input(format!("pipeline `{}` has no job", clean(&pipeline.name)))
}

fn list(pipeline: &Pipeline, format: Format) -> Result<Exit, Failure> {
    if format == Format::Json {
        let item = |job: &Job| {
            let gets: Vec<_> = job.gets().map(|get| get.resource.as_str()).collect();
            let tasks: Vec<_> = job.tasks().map(|task| task.name.as_str()).collect();
            json!({ "job": job.name.as_str(), "description": job.description, "gets": gets, "tasks": tasks })
        };
        print_json(&json!({ "items": pipeline.jobs.iter().map(item).collect::<Vec<_>>() }))?;
        return Ok(Exit::Succeeded);
    }
    if pipeline.jobs.is_empty() {
        return Err(no_job(pipeline));
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
    note("run one with `pikoci run JOB`, all with `pikoci run --all`");
    Ok(Exit::Succeeded)
}
