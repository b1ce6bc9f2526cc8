//! `CACHE_DIR`: a directory of a resource that outlives builds, for one writer at a time.

use crate::attempt::Attempt;
use crate::environment::Variables;
use crate::home::{Guard, Kind, Shared};
use crate::log::StepLog;
use crate::scope::Scope;
use crate::step::Ended;
use pikoci_plan::plan::Resource;

/// A cache directory that is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) path: String,
    _guard: Guard,
}

/// Waits until the directory of the resource is free. Resources of one type with the same parameters share it;
/// of secrets only the hash is in its name.
pub(crate) async fn hold(
    attempt: &Attempt<'_>,
    log: &mut StepLog,
    resource: &Resource,
    params: &Variables,
    scope: &Scope,
) -> Result<Held, Ended> {
    let trouble = |why: String| Ended::errored(format!("the cache of `{}`: {why}", resource.full_name));
    let type_name = resource.full_name.split('.').next().unwrap_or_default();
    let path = attempt.home().cache(&format!("{type_name} {params:?}"));
    let path = path.map_err(|error| trouble(error.to_string()))?;
    let path = path.to_str().ok_or_else(|| trouble("its path is not UTF-8".to_owned()))?.to_owned();
    let shared = Shared::of_host().map_err(|error| trouble(error.to_string()))?;
    let wait = async |holder: Option<u32>| {
        let note = format!("waits for the cache of `{}`, which {} uses", resource.full_name, by(holder));
        let _ = attempt.note(log, &note).await;
    };
    tokio::select! {
        guard = shared.lock(Kind::Cache, &path, wait) => match guard {
            Ok(guard) => Ok(Held { path, _guard: guard }),
            Err(error) => Err(trouble(error.to_string())),
        },
        cause = scope.ends(attempt) => Err(Ended::before(cause)),
    }
}

/// Who holds what is waited for.
pub(crate) fn by(holder: Option<u32>) -> String {
    let us = std::process::id();
    match holder {
        Some(pid) if pid == us => "another build here".to_owned(),
        Some(pid) => format!("another build on this host (process {pid})"),
        None => "another build on this host".to_owned(),
    }
}
