//! `get`: fetches the version of a resource that the build takes.

use super::hint::missed_our_binary;
use super::resource::{self, Gets};
use super::{Ended, local};
use crate::build::Build;
use crate::log::StepLog;
use crate::scope::Scope;
use pikoci_plan::plan::{Command, Get};
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;

/// Fetches the version, or copies the tree that stands for it. Later steps know it then.
pub(super) async fn run(
    build: &Build<'_>,
    log: &mut StepLog,
    (name, get): (&str, &Get),
    scope: &Scope,
) -> Result<Ended, Ended> {
    let version = build.values.inputs.get(name);
    let ended = match (build.options.local.get(&get.resource.full_name), &get.pull) {
        (Some(from), _) => local::copy(build, log, get, from, scope).await?,
        (None, Some(pull)) => self::pull(build, log, (get, pull), version, scope).await?,
        (None, None) => Ended::well(),
    };
    if let (Outcome::Succeeded, Some(version)) = (ended.outcome, version) {
        build.learn(|known| known.fetched(name, version));
    }
    Ok(ended)
}

/// Fetches the version with the type's `pull`.
async fn pull(
    build: &Build<'_>,
    log: &mut StepLog,
    (get, pull): (&Get, &Command),
    version: Option<&Version>,
    scope: &Scope,
) -> Result<Ended, Ended> {
    let resource = &get.resource;
    let Some(version) = version else {
        let name = &resource.full_name;
        return Err(Ended::errored(format!("the build has no version of `{name}` to fetch")));
    };
    let filled = build.filled(pull, scope, log).await?;
    let gets = Gets { version: Some(version), ..Gets::default() };
    let end = resource::run(build, log, resource, (filled, gets), scope).await?.end;
    let mut ended = Ended::of(end, &pull.runner, &pull.error_codes);
    ended.message = ended.message.map(|message| message + missed_our_binary(pull, end.exit));
    // That a fetch fails by itself is trouble of the infrastructure; a limit of time is the user's own.
    if ended.outcome == Outcome::Failed && end.cause.is_none() {
        ended.outcome = Outcome::Errored;
    }
    Ok(ended)
}
