//! What jobs refer to: resources, other jobs. What is not there is an error.

use crate::diagnostic::{Report, Sink, and, did_you_mean};
use crate::pipeline::{Get, Job, Pipeline};
use crate::span::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// Jobs by name.
type Jobs<'a> = BTreeMap<&'a str, &'a Job>;

/// Reports what does not exist. `declared` are all resources of the files, also those that could not be read.
pub(crate) fn check(pipeline: &Pipeline, declared: &BTreeSet<String>, sink: &Sink) {
    let jobs: Jobs<'_> = pipeline.jobs.iter().map(|job| (job.name.as_str(), job)).collect();
    for job in &pipeline.jobs {
        for get in job.gets() {
            if !declared.contains(&get.resource) {
                sink.add(unknown_resource(get, declared));
            }
            for passed in &get.passed {
                passed_job(passed, get, job, &jobs, sink);
            }
        }
    }
    cycles(&jobs, sink);
}

fn unknown_resource(get: &Get, declared: &BTreeSet<String>) -> Report {
    let report =
        Report::error("unknown-resource", get.span, format!("there is no resource `{}`", get.resource));
    match get.resource.split_once('.') {
        Some((type_name, name)) if declared.is_empty() => {
            report.hint(format!("declare it: `resource \"{type_name}\" \"{name}\" {{ … }}`"))
        }
        _ => report.maybe_hint(did_you_mean(&get.resource, declared.iter().map(String::as_str))),
    }
}

/// A job that a version must have passed has to take that resource itself.
fn passed_job(passed: &Spanned<String>, get: &Get, job: &Job, jobs: &Jobs<'_>, sink: &Sink) {
    if passed.value == job.name.value {
        let message = format!("the job `{}` waits for itself to pass", job.name.value);
        return sink
            .add(Report::error("passed", passed.span, message).hint("name a job that runs before it"));
    }
    let Some(upstream) = jobs.get(passed.as_str()) else {
        let report = Report::error("unknown-job", passed.span, format!("there is no job `{}`", passed.value));
        let others = jobs.keys().copied().filter(|other| *other != job.name.value);
        return sink.add(report.maybe_hint(did_you_mean(passed, others)));
    };
    let gets = upstream.gets().any(|other| other.resource == get.resource);
    if gets || upstream.puts().any(|put| put.resource == get.resource) {
        return;
    }
    let message = format!(
        "job `{}` neither gets nor puts `{}`, so no version of it can pass there",
        upstream.name.value, get.resource
    );
    let takes: Vec<_> = upstream.gets().map(|get| format!("`{}`", get.resource)).collect();
    let hint = (!takes.is_empty()).then(|| format!("it gets {}", and(&takes)));
    sink.add(Report::error("passed", passed.span, message).maybe_hint(hint));
}

/// Jobs that wait for each other: none of them can ever start.
fn cycles(jobs: &Jobs<'_>, sink: &Sink) {
    let left = waiting(jobs);
    if let Some((path, job)) = left.keys().next().and_then(|first| cycle(first, &left, jobs)) {
        let message = format!("these jobs wait for each other to pass: {}", path.join(" → "));
        sink.add(Report::error("passed", job.name.span, message));
    }
}

type Waits<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Which jobs each waits for, without those that wait for nothing in the end: what is left are cycles and what
/// waits for them.
fn waiting<'a>(jobs: &Jobs<'a>) -> Waits<'a> {
    let (mut waits, mut waited_for) = (Waits::new(), BTreeMap::<&str, Vec<&str>>::new());
    for (name, job) in jobs {
        let passed = job.gets().flat_map(|get| &get.passed).map(|passed| passed.value.as_str());
        let known: BTreeSet<&str> =
            passed.filter(|passed| passed != name && jobs.contains_key(passed)).collect();
        known.iter().for_each(|passed| waited_for.entry(passed).or_default().push(name));
        waits.insert(name, known);
    }
    let mut free: Vec<&str> =
        waits.iter().filter(|(_, for_what)| for_what.is_empty()).map(|(name, _)| *name).collect();
    while let Some(name) = free.pop() {
        waits.remove(name);
        for other in waited_for.remove(name).unwrap_or_default() {
            let Some(for_what) = waits.get_mut(other) else { continue };
            if for_what.remove(name) && for_what.is_empty() {
                free.push(other);
            }
        }
    }
    waits
}

/// The names of a cycle, the first one again at its end, and the job it begins with.
fn cycle<'a>(from: &'a str, left: &Waits<'a>, jobs: &Jobs<'a>) -> Option<(Vec<&'a str>, &'a Job)> {
    let mut path = vec![from];
    loop {
        let next = *left.get(path.last()?)?.first()?;
        if let Some(begin) = path.iter().position(|name| *name == next) {
            path.push(next);
            return Some((path.split_off(begin), jobs.get(next)?));
        }
        path.push(next);
    }
}
