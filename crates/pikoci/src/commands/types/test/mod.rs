//! `pikoci type test FILE NAME`: tries a type on this machine.

mod pipeline;
mod secret;

use crate::commands::run::EnvironmentArgs;
use crate::commands::run::local::known;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::shown::Shown;
use crate::machine::{self, Build, Host, To, given};
use crate::pipeline_file::{load_texts, pipeline_of, show, source_file};
use crate::terminal::{clean, print};
use crate::variables::{VarArgs, pair};
use crate::version_text::{one_line, version};
use pikoci_executor::Options;
use pikoci_lang::{Pipeline, SourceFile};
use pikoci_plan::plan::BuildPlan;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use pipeline::{Kind, NAME};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many files of a pulled version are listed.
const MOST_FILES: usize = 200;

/// The arguments of `pikoci type test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A resource type is checked, and its versions are printed; with --version that version is pulled into a directory, \
which is listed. Of a secret type the keys are printed, never the values. A service is started, shows its \
variables, and is stopped. A runner runs with its parameters (--param cmd=…).")]
pub(crate) struct Args {
    /// The file: a type's own, or a pipeline that declares it
    file: PathBuf,
    /// The type's name
    name: String,
    /// A parameter of it; lists and objects as JSON; repeatable
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Pull this version of a resource: '{"ref": "3f2a…"}'
    #[arg(long, value_name = "JSON", value_parser = version)]
    version: Option<Version>,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    variables: VarArgs,
}

/// Tries the type.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let file = source_file(&args.file)?;
    let found = pipeline::find(&String::from_utf8_lossy(&file.bytes), &args.name)?;
    if args.version.is_some() && found.kind != Kind::Resource {
        return Err(Failure::bad_input("--version is for resource types"));
    }
    let pipeline = load(args, file, found)?;
    let plan =
        pikoci_plan::compile::job(&pipeline, NAME).map_err(|error| Failure::errored(error.to_string()))?;
    match (found.kind, &args.version) {
        (Kind::Resource, None) => check(args, &pipeline),
        (Kind::Resource, Some(version)) => pull(args, &pipeline, plan, version),
        (Kind::Secret, _) => secret::run(args, plan),
        (Kind::Runner | Kind::Service, _) => build(args, &pipeline, plan),
    }
}

fn load(args: &Args, file: SourceFile, found: pipeline::Found) -> Result<Pipeline, Failure> {
    let directory = match args.file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let base = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let source = found.is_alone.then_some(base.as_str());
    let text = pipeline::text(found.kind, &args.name, source, &args.params);
    let mut files = vec![SourceFile::new("(type test)", text)];
    if !found.is_alone {
        files.insert(0, file);
    }
    let loaded = load_texts("type".to_owned(), directory, files, &args.variables)?;
    show(&loaded.diagnostics);
    pipeline_of(loaded)
}

/// Checks a resource of the type, and prints its versions.
fn check(args: &Args, pipeline: &Pipeline) -> Result<Exit, Failure> {
    let resource = known(&format!("{}.{NAME}", args.name), pipeline)?;
    let Some(plan) = pikoci_plan::compile::check(pipeline, resource) else {
        return Err(Failure::bad_input(format!("type `{}` has no check", clean(&args.name)))
            .hint("name a version to pull with --version"));
    };
    let given = given(pipeline);
    let found = machine::run(args.environment.settings(), To::Aside, async |host| {
        host.check(&plan, None, &given).await
    })?;
    match found {
        Ok(versions) if versions.is_empty() => print("no version\n")?,
        Ok(versions) => {
            versions.iter().try_for_each(|version| print(&format!("{}\n", clean(&one_line(version)))))?;
        }
        Err(end) => return Ok(Exit::of_build(end.outcome.as_str())),
    }
    Ok(Exit::Succeeded)
}

/// Pulls a version, and lists what came.
fn pull(args: &Args, pipeline: &Pipeline, plan: BuildPlan, version: &Version) -> Result<Exit, Failure> {
    let options = Options { given: given(pipeline), keeps_work: true, ..Options::default() };
    let inputs = BTreeMap::from([(NAME.to_owned(), version.clone())]);
    let ended = machine::run(args.environment.settings(), To::Aside, async |host| {
        host.build(Build { plan, inputs, options, is_shown: true, opens_shells: false }, |_| {}).await
    })?;
    let Some(kept) = &ended.kept else { return Ok(Exit::of_build(ended.outcome.as_str())) };
    let listed = list(kept);
    let removed = fs::remove_dir_all(kept);
    let trouble = |error: io::Error| Failure::errored(format!("{}: {error}", kept.display()));
    for name in listed.map_err(trouble)? {
        print(&format!("{}\n", clean(&name)))?;
    }
    removed.map_err(trouble)?;
    Ok(Exit::of_build(ended.outcome.as_str()))
}

/// What is below a directory, in name order.
fn list(directory: &Path) -> io::Result<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = waiting.pop() {
        let mut entries = fs::read_dir(directory.join(&below))?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = below.join(entry.file_name());
            if found.len() == MOST_FILES {
                found.push("…".to_owned());
                return Ok(found);
            }
            let is_directory = entry.file_type()?.is_dir();
            found.push(format!("{}{}", path.display(), if is_directory { "/" } else { "" }));
            // What git keeps for itself says nothing about a version.
            if is_directory && entry.file_name() != ".git" {
                waiting.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs the job that uses the type, as `pikoci run` does.
fn build(args: &Args, pipeline: &Pipeline, plan: BuildPlan) -> Result<Exit, Failure> {
    let options = Options { given: given(pipeline), ..Options::default() };
    let name = args.name.clone();
    let outcome = machine::run(args.environment.settings(), To::People, async |host: &mut Host| {
        host.show(Shown::Job { title: format!("type {name}"), is_one_of_many: false }).await;
        let build = Build { plan, inputs: BTreeMap::new(), options, is_shown: true, opens_shells: false };
        let ended = host.build(build, |_| {}).await;
        host.show(Shown::End(ended.clone())).await;
        ended.outcome
    })?;
    Ok(exit(outcome))
}

fn exit(outcome: Outcome) -> Exit {
    Exit::of_build(outcome.as_str())
}
