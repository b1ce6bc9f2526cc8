//! A check of a resource of a pipeline file, on this machine.

use super::check::Args;
use crate::commands::output::Format;
use crate::commands::run::local::known;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::{self, To, given};
use crate::pipeline_file::load_from_disk;
use crate::terminal::{clean, print, print_json};
use crate::version_text::one_line;
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Checks the resource, and prints the versions that are found. A check that fails ends with exit code 1.
pub(super) fn run(args: &Args, file: &Path, resource: &str) -> Result<Exit, Failure> {
    let pipeline = load_from_disk(Some(file), None, &args.variables)?.pipeline_to_run()?;
    let resource = known(resource, &pipeline)?;
    let name = resource.full_name();
    let Some(plan) = pikoci_plan::compile::check(&pipeline, resource) else {
        let what = format!("the type of `{}` has no check: its versions come from puts", clean(&name));
        return Err(Failure::bad_input(what));
    };
    let given = given(&pipeline);
    let found = machine::run(args.environment.settings(), To::Aside, async |host| {
        host.check(&plan, args.from.clone(), &given).await
    })?;
    match found {
        // What a check knows already it may say again.
        Ok(mut versions) => {
            let known = args.from.as_ref().map(Version::identity);
            versions.retain(|version| Some(version.identity()) != known);
            tell(&name, &versions, args.ask.format())?;
            Ok(Exit::Succeeded)
        }
        Err(end) if end.outcome == Outcome::Cancelled => Ok(Exit::Cancelled),
        Err(_) => Ok(Exit::Failed),
    }
}

fn tell(name: &str, versions: &[Version], format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => {
            print_json(&json!({ "new_versions": versions.iter().map(value).collect::<Vec<_>>() }))
        }
        Format::Plain if versions.is_empty() => print(&format!("{} has no new version\n", clean(name))),
        Format::Plain => versions
            .iter()
            .try_for_each(|version| print(&format!("{}\n", clean(&format!("{name} {}", one_line(version)))))),
    }
}

/// A version as the API tells one.
fn value(version: &Version) -> Value {
    let pick = |is_metadata: bool| -> Map<String, Value> {
        let pairs = version.0.iter().filter(|(key, _)| key.starts_with('_') == is_metadata);
        pairs.map(|(key, text)| (key.clone(), text.as_str().into())).collect()
    };
    json!({ "version": pick(false), "metadata": pick(true) })
}
