//! How versions go from job to job when all of them run: what a build took and made is there for those after it.
//! Pure.

use pikoci_plan::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// What the jobs have done so far, by their names.
pub(super) type Past = BTreeMap<String, Done>;

/// What a job has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Whether it succeeded.
    pub(super) succeeded: bool,
    /// The versions of each resource (`type.name`) that it took, then those that it made.
    pub(super) versions: BTreeMap<String, Vec<Version>>,
    /// The resources that it puts.
    pub(super) puts: BTreeSet<String>,
}

/// The version of a resource that has passed all of these jobs: the newest that the first of them has.
///
/// # Errors
/// There is none: why, in words for people.
pub(super) fn passed(past: &Past, resource: &str, jobs: &[&str]) -> Result<Version, String> {
    for job in jobs {
        if !past.get(*job).is_some_and(|done| done.succeeded) {
            return Err(format!("`{job}` did not succeed"));
        }
    }
    let of = |job: &&str| past.get(*job).and_then(|done| done.versions.get(resource));
    let has = |job: &&str, version: &Version| {
        let identity = version.identity();
        of(job).is_some_and(|versions| versions.iter().any(|other| other.identity() == identity))
    };
    let candidates = jobs.first().and_then(of).map(Vec::as_slice).unwrap_or_default();
    let found = candidates.iter().rev().find(|version| jobs.iter().all(|job| has(job, version)));
    found.cloned().ok_or_else(|| why_none(past, resource, jobs))
}

fn why_none(past: &Past, resource: &str, jobs: &[&str]) -> String {
    let puts = |job: &&&str| past.get(**job).is_some_and(|done| done.puts.contains(resource));
    match jobs.iter().find(puts) {
        Some(job) => format!("`{job}` made no version of `{resource}`; puts are done only with --allow-put"),
        None => format!("no version of `{resource}` has passed {}", jobs.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(succeeded: bool, versions: &[&str], puts: &[&str]) -> Done {
        let versions = versions.iter().map(|text| Version::from([("ref", *text), ("_by", "x")])).collect();
        let puts = puts.iter().map(|text| (*text).to_owned()).collect();
        Done { succeeded, versions: BTreeMap::from([("git.app".to_owned(), versions)]), puts }
    }

    #[test]
    fn a_version_comes_from_the_jobs_that_it_has_passed() {
        let past = Past::from([
            ("test".to_owned(), done(true, &["a"], &[])),
            ("bump".to_owned(), done(true, &["a", "b"], &["git.app"])),
            ("other".to_owned(), done(true, &["c"], &[])),
            ("dry".to_owned(), done(true, &[], &["git.app"])),
            ("red".to_owned(), done(false, &["a"], &[])),
        ]);
        for (jobs, expected) in [
            (&["test"][..], Ok("a")),
            (&["bump"], Ok("b")),
            (&["bump", "test"], Ok("a")),
            (&["test", "other"], Err("no version of `git.app` has passed test and other")),
            (&["dry"], Err("`dry` made no version of `git.app`; puts are done only with --allow-put")),
            (&["test", "red"], Err("`red` did not succeed")),
            (&["unknown"], Err("`unknown` did not succeed")),
        ] {
            let found = passed(&past, "git.app", jobs);
            let found = found.as_ref().map(|version| version.get("ref").unwrap()).map_err(String::as_str);
            assert_eq!(found, expected, "{jobs:?}");
        }
    }
}
