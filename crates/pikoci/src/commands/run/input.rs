//! The versions that the gets of a job take: what was named, what has passed earlier jobs of this run, else each
//! resource's newest, found by its own check.

use super::Request;
use super::flow::{self, Past};
use crate::machine::{Attempted, Host, given};
use pikoci_lang::{Get, Job};
use pikoci_plan::status::Outcome;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;

/// Why there are no inputs.
#[derive(Debug)]
pub(super) enum NoInputs {
    /// A check did not succeed, or found nothing.
    Ended(Outcome, Option<String>),
    /// Nothing has passed the jobs that come before: why, in words for people.
    NotPassed(String),
}

impl From<Attempted> for NoInputs {
    fn from(attempted: Attempted) -> Self {
        Self::Ended(attempted.outcome, attempted.message)
    }
}

/// The newest versions that checks of this run have found, by resource; `None` where the type has no check.
pub(super) type Newest = BTreeMap<String, Option<Version>>;

/// The versions of the gets that no local tree stands for, by the name of the get.
pub(super) async fn versions(
    host: &mut Host,
    request: &Request<'_>,
    job: &Job,
    (past, newest): (&Past, &mut Newest),
) -> Result<BTreeMap<String, Version>, NoInputs> {
    let gets: Vec<&Get> = job.gets().filter(|get| !request.local.contains_key(&get.resource)).collect();
    let mut found = BTreeMap::new();
    // What cannot run is known before anything is checked.
    for get in &gets {
        if let Some(version) = chosen(request, get, past)? {
            found.insert(get.name.value.clone(), version);
        }
    }
    for get in gets {
        if !found.contains_key(&get.name.value)
            && let Some(version) = self::newest(host, request, &get.resource, newest).await?
        {
            found.insert(get.name.value.clone(), version);
        }
    }
    Ok(found)
}

/// The version that needs no check.
fn chosen(request: &Request<'_>, get: &Get, past: &Past) -> Result<Option<Version>, NoInputs> {
    if let Some(version) = request.versions.get(&get.resource) {
        return Ok(Some(version.clone()));
    }
    if !request.is_all || get.passed.is_empty() {
        return Ok(None);
    }
    let jobs: Vec<&str> = get.passed.iter().map(|job| job.as_str()).collect();
    flow::passed(past, &get.resource, &jobs).map(Some).map_err(NoInputs::NotPassed)
}

/// The newest version that the resource's check finds, once for all jobs; `None` where its type has none.
async fn newest(
    host: &mut Host,
    request: &Request<'_>,
    name: &str,
    known: &mut Newest,
) -> Result<Option<Version>, NoInputs> {
    if let Some(version) = known.get(name) {
        return Ok(version.clone());
    }
    let found = match request
        .pipeline
        .resource(name)
        .and_then(|resource| pikoci_plan::compile::check(request.pipeline, resource))
    {
        None => None,
        Some(plan) => {
            let newest = host.check(&plan, None, &given(request.pipeline)).await?.pop();
            let none = || format!("the check of `{name}` found no version");
            Some(newest.ok_or_else(|| NoInputs::Ended(Outcome::Errored, Some(none())))?)
        }
    };
    known.insert(name.to_owned(), found.clone());
    Ok(found)
}
