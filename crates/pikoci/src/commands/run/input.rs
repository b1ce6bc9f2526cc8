//! The versions that the gets of a job take: what was named, what has passed earlier jobs of this run, else each
//! resource's newest, found by its own check, or by the clock.

use super::Request;
use super::flow::{self, Past};
use crate::machine::shown::End;
use crate::machine::{Host, given};
use pikoci_lang::{Job, ResourceKind};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Versions, by the name of the get that takes them.
pub(super) type Inputs = BTreeMap<String, Version>;

/// The newest versions that checks of this run have found, by resource; `None` where the type has no check.
pub(super) type Newest = BTreeMap<String, Option<Version>>;

/// The versions that need no check: those that were named, or have passed the jobs before.
///
/// # Errors
/// None has passed those jobs: why, in words for people.
pub(super) fn chosen(request: &Request<'_>, job: &Job, past: &Past) -> Result<Inputs, String> {
    let mut found = Inputs::new();
    for get in job.gets() {
        let is_local = request.local.contains_key(&get.resource);
        if let Some(version) = request.versions.get(&get.resource) {
            found.insert(get.name.value.clone(), version.clone());
        } else if request.is_all && !get.passed.is_empty() && !is_local {
            let jobs: Vec<&str> = get.passed.iter().map(|job| job.as_str()).collect();
            found.insert(get.name.value.clone(), flow::passed(past, &get.resource, &jobs)?);
        }
    }
    Ok(found)
}

/// What was chosen, and for the other gets the newest versions that checks find.
///
/// # Errors
/// A check did not succeed, or found nothing.
pub(super) async fn checked(
    host: &mut Host,
    request: &Request<'_>,
    job: &Job,
    (mut inputs, newest): (Inputs, &mut Newest),
) -> Result<Inputs, End> {
    // Nothing is asked for where a local tree stands.
    for get in job.gets().filter(|get| !request.local.contains_key(&get.resource)) {
        if !inputs.contains_key(&get.name.value)
            && let Some(version) = self::newest(host, request, &get.resource, newest).await?
        {
            inputs.insert(get.name.value.clone(), version);
        }
    }
    Ok(inputs)
}

/// The newest version that the resource's check finds, of a clock that of now, once for all jobs; `None` where its type has
/// no check.
async fn newest(
    host: &mut Host,
    request: &Request<'_>,
    name: &str,
    known: &mut Newest,
) -> Result<Option<Version>, End> {
    if let Some(version) = known.get(name) {
        return Ok(version.clone());
    }
    let resource = request.pipeline.resource(name);
    let is_clock = resource.is_some_and(|resource| resource.kind == ResourceKind::Cron);
    let plan = resource.and_then(|resource| pikoci_plan::compile::check(request.pipeline, resource));
    let found = match plan {
        // Of a clock this is the instant that counts: nobody waits here for the next one of its schedule.
        None if is_clock => now(),
        None => None,
        Some(plan) => {
            let newest = host.check(&plan, None, &given(request.pipeline)).await?.pop();
            Some(newest.ok_or_else(|| End::errored(format!("the check of `{name}` found no version")))?)
        }
    };
    known.insert(name.to_owned(), found.clone());
    Ok(found)
}

/// The version of a clock now.
fn now() -> Option<Version> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Version::of_instant(u64::try_from(since.as_millis()).ok()?)
}
