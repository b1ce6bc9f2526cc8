//! What jobs refer to: resources, other jobs. What is not there is an error.

use crate::diagnostic::{Report, Sink, and, did_you_mean};
use crate::pipeline::{Get, Job, Pipeline, Put, Resource, ResourceKind};
use crate::span::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Jobs by name.
type Jobs<'a> = BTreeMap<&'a str, &'a Job>;

/// The resources that each job gets or puts.
type Touched<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Reports what does not exist. `resources` and `jobs` are the labels of all blocks, also of those that could not be
/// read: what these would have declared is not missing.
pub(crate) fn check(pipeline: &Pipeline, resources: &BTreeSet<String>, jobs: &BTreeSet<String>, sink: &Sink) {
    let resources = Declared::of_resources(pipeline, resources);
    let lost_jobs = lost(jobs, pipeline.jobs.iter().map(|job| job.base_name().to_owned()).collect());
    let jobs: Jobs<'_> = pipeline.jobs.iter().map(|job| (job.name.as_str(), job)).collect();
    let touched: Touched<'_> = jobs.iter().map(|(name, job)| (*name, touched(job))).collect();
    for job in &pipeline.jobs {
        for get in job.gets() {
            resource(&get.resource, get.span, &resources, sink);
            let mut wrong = BTreeSet::new();
            for passed in get.passed.iter().filter(|passed| !is_lost(passed, &lost_jobs)) {
                // Of all instances of a job one tells enough.
                if !wrong.contains(&passed.span)
                    && let Some(report) = passed_job(passed, get, job, &jobs, &touched)
                {
                    wrong.insert(passed.span);
                    sink.add(report);
                }
            }
        }
        for put in job.puts() {
            resource(&put.resource, put.span, &resources, sink);
            pushes(put, pipeline, sink);
        }
    }
    cycles(&jobs, sink);
}

fn touched(job: &Job) -> BTreeSet<&str> {
    let gets = job.gets().map(|get| get.resource.as_str());
    gets.chain(job.puts().map(|put| put.resource.as_str())).collect()
}

/// The labels of blocks that gave nothing.
fn lost(labels: &BTreeSet<String>, read: BTreeSet<String>) -> BTreeSet<String> {
    labels.difference(&read).cloned().collect()
}

/// Whether something of that name, or the block whose instance it is, could not be read.
fn is_lost(name: &str, lost: &BTreeSet<String>) -> bool {
    lost.contains(name) || name.match_indices("--").any(|(at, _)| lost.contains(&name[..at]))
}

/// The resources that the files declare.
struct Declared {
    names: BTreeSet<String>,
    lost: BTreeSet<String>,
}

impl Declared {
    fn of_resources(pipeline: &Pipeline, labels: &BTreeSet<String>) -> Self {
        let read = pipeline.resources.iter();
        let lost = lost(labels, read.clone().map(Resource::base_name).collect());
        Self { names: read.map(Resource::full_name).chain(lost.iter().cloned()).collect(), lost }
    }

    /// An instance of the resource of that name.
    fn instance_of(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}--");
        let first = self.names.range(prefix.clone()..).next()?;
        first.starts_with(&prefix).then_some(first.as_str())
    }
}

fn resource(name: &str, span: Span, declared: &Declared, sink: &Sink) {
    if declared.names.contains(name) || is_lost(name, &declared.lost) {
        return;
    }
    let report = Report::error("unknown-resource", span, format!("there is no resource `{name}`"));
    let (type_name, own) = name.split_once('.').unwrap_or(("", name));
    sink.add(if let Some(instance) = declared.instance_of(name) {
        let instance = instance.strip_prefix(type_name).unwrap_or(instance).trim_start_matches('.');
        report.hint(format!(
            "it has instances: write `resource = \"{instance}\"`, or `\"{own}--${{each.key}}\"`"
        ))
    } else if declared.names.is_empty() {
        report.hint(format!("declare it: `resource \"{type_name}\" \"{own}\" {{ … }}`"))
    } else {
        report.maybe_hint(did_you_mean(name, declared.names.iter().map(String::as_str)))
    });
}

/// What is put needs a type that can push.
fn pushes(put: &Put, pipeline: &Pipeline, sink: &Sink) {
    let of = pipeline.resource(&put.resource).and_then(|resource| pipeline.type_of(resource));
    if let Some(of) = of.filter(|of| of.push.is_none() && of.kind() != ResourceKind::Unchecked) {
        let message =
            format!("`{}` cannot be put: the resource type `{}` has no `push`", put.resource, of.name);
        sink.add(Report::error("no-push", put.span, message));
    }
}

/// A job that a version must have passed has to get or put that resource itself.
fn passed_job(
    passed: &Spanned<String>,
    get: &Get,
    job: &Job,
    jobs: &Jobs<'_>,
    touched: &Touched<'_>,
) -> Option<Report> {
    if passed.value == job.name.value {
        let message = format!("the job `{}` waits for itself to pass", job.base_name());
        return Some(Report::error("passed", passed.span, message).hint("name a job that runs before it"));
    }
    let Some(upstream) = touched.get(passed.as_str()) else {
        let report = Report::error("unknown-job", passed.span, format!("there is no job `{}`", passed.value));
        let others = touched.keys().copied().filter(|other| *other != job.name.value);
        return Some(report.maybe_hint(did_you_mean(passed, others)));
    };
    if upstream.contains(get.resource.as_str()) {
        return None;
    }
    let message = format!(
        "job `{}` neither gets nor puts `{}`, so no version of it can pass there",
        passed.value, get.resource
    );
    let takes: Vec<_> = upstream.iter().map(|resource| format!("`{resource}`")).collect();
    let hint = (!takes.is_empty()).then(|| format!("it gets {}", and(&takes)));
    let hint = instance_that_passes(passed, get, jobs, touched).or(hint);
    Some(Report::error("passed", passed.span, message).maybe_hint(hint))
}

/// Of a job with instances, one that gets or puts the resource.
fn instance_that_passes(passed: &str, get: &Get, jobs: &Jobs<'_>, touched: &Touched<'_>) -> Option<String> {
    let base = jobs.get(passed)?.instance_of.as_ref()?;
    let is_sibling =
        |name: &&&str| jobs.get(**name).is_some_and(|job| job.instance_of.as_ref() == Some(base));
    let passes = |name: &&&str| touched.get(**name).is_some_and(|all| all.contains(get.resource.as_str()));
    let name = jobs.keys().filter(is_sibling).find(passes)?;
    Some(format!("`\"{base}\"` means all its instances; name one that gets it: `passed = [\"{name}\"]`"))
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
