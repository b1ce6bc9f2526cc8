//! `pikoci pipeline validate [FILE…]`, for short `pikoci validate`

use crate::commands::output::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::pipeline_file::{FromDisk, load_from_disk, show, summary};
use crate::terminal::{clean, print, print_json};
use crate::variables::VarArgs;
use pikoci_lang::Diagnostic;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The arguments of `pikoci pipeline validate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pipelines, each a file or a directory of `*.hcl` files. Without one `pipeline.hcl`, else `.pikoci/`
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    variables: VarArgs,
}

/// Validates each of the pipelines. One with errors ends with exit code 2.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let paths = match args.paths.is_empty() {
        true => vec![None],
        false => args.paths.iter().map(|path| Some(path.as_path())).collect(),
    };
    let load = |path| load_from_disk(path, None, &args.variables);
    let all: Vec<_> = paths.into_iter().map(load).collect::<Result<_, _>>()?;
    match args.output.output {
        Format::Json => print_json(&all.iter().flat_map(findings).collect())?,
        Format::Plain => all.iter().try_for_each(|one| tell(one, args))?,
    }
    match all.iter().all(|one| is_valid(one, args)) {
        true => Ok(Exit::Succeeded),
        false => Ok(Exit::BadInput),
    }
}

fn is_valid(one: &FromDisk, args: &Args) -> bool {
    one.loaded.pipeline.is_some() && (!args.strict || one.loaded.diagnostics.is_empty())
}

/// The diagnostics of a pipeline as flat objects. Where no line is to blame, the file is the pipeline.
fn findings(one: &FromDisk) -> Vec<Value> {
    let finding = |diagnostic: &Diagnostic| {
        let place = diagnostic.location.as_ref();
        let file = place.map_or_else(|| one.path.display().to_string(), |place| place.file.clone());
        json!({
            "file": file,
            "line": place.map(|place| place.line),
            "column": place.map(|place| place.column),
            "length": place.map(|place| place.length),
            "severity": diagnostic.severity,
            "code": diagnostic.code,
            "message": diagnostic.message,
            "hint": diagnostic.hint,
            "source": place.map(|place| &place.source),
        })
    };
    one.loaded.diagnostics.iter().map(finding).collect()
}

fn tell(one: &FromDisk, args: &Args) -> Result<(), Failure> {
    show(&one.loaded.diagnostics);
    match &one.loaded.pipeline {
        Some(pipeline) if is_valid(one, args) => {
            print(&format!("{}: valid, {}\n", clean(&one.path.display().to_string()), summary(pipeline)))
        }
        _ => Ok(()),
    }
}
