//! What is otherwise here than on a server, and what was asked for in vain.

use super::Request;
use crate::terminal::clean;
use pikoci_lang::{GetVersion, Job, Untrusted};

/// Notes before these jobs run.
pub(super) fn of(jobs: &[&Job], request: &Request<'_>) -> Vec<String> {
    let ignored = jobs.iter().flat_map(|job| ignored(job, request.is_all));
    let asked = request.local.keys().chain(request.versions.keys());
    let in_vain = asked.filter_map(|resource| {
        let is_got = jobs.iter().any(|job| job.gets().any(|get| get.resource == *resource));
        (!is_got).then(|| match jobs {
            [job] => format!("job `{}` does not get `{}`", clean(&job.name), clean(resource)),
            _ => format!("no job gets `{}`", clean(resource)),
        })
    });
    ignored.chain(in_vain).collect()
}

fn ignored(job: &Job, is_all: bool) -> Vec<String> {
    let mut found = Vec::new();
    for get in job.gets() {
        let resource = clean(&get.resource);
        if !get.passed.is_empty() && !is_all {
            found.push(format!(
                "`passed` of `{resource}` is not looked at without --all: its newest version is taken"
            ));
        }
        if matches!(get.version, GetVersion::Pinned(_)) {
            found.push(format!(
                "the pinned version of `{resource}` is not looked at here: name one with --version"
            ));
        }
    }
    let scheduling = &job.scheduling;
    let limits = [
        ("serial_groups", !scheduling.serial_groups.is_empty()),
        ("concurrency", scheduling.concurrency > 0),
        ("max_in_flight", scheduling.max_in_flight > 0),
        ("tags", !scheduling.tags.is_empty()),
        ("untrusted", scheduling.untrusted == Untrusted::Skip),
    ];
    let limits: Vec<_> =
        limits.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!("`{name}`")).collect();
    let job = clean(&job.name);
    match &limits[..] {
        [] => {}
        [limit] => found.push(format!("{limit} of job `{job}` counts only on a server")),
        [limits @ .., last] => {
            found.push(format!("{} and {last} of job `{job}` count only on a server", limits.join(", ")));
        }
    }
    found
}
