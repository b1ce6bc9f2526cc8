//! What jobs refer to: resources, other jobs. What is not there is an error.

use crate::diagnostic::{Report, Sink, and, did_you_mean};
use crate::pipeline::{Get, Job, Pipeline};
use crate::span::Spanned;

/// Reports what does not exist.
pub(crate) fn check(pipeline: &Pipeline, sink: &Sink) {
    for job in &pipeline.jobs {
        for get in job.gets() {
            resource(get, pipeline, sink);
            for passed in &get.passed {
                passed_job(passed, get, job, pipeline, sink);
            }
        }
    }
}

fn resource(get: &Get, pipeline: &Pipeline, sink: &Sink) {
    if pipeline.resource(&get.resource).is_some() {
        return;
    }
    let names: Vec<String> = pipeline.resources.iter().map(crate::pipeline::Resource::full_name).collect();
    let message = format!("there is no resource `{}`", get.resource);
    let report = Report::error("unknown-resource", get.span, message);
    let hint = match names.is_empty() {
        true => {
            let (type_name, name) = get.resource.split_once('.').unwrap_or(("TYPE", &get.resource));
            Some(format!("declare it: `resource \"{type_name}\" \"{name}\" {{ … }}`"))
        }
        false => did_you_mean(&get.resource, names.iter().map(String::as_str)),
    };
    sink.add(report.maybe_hint(hint));
}

/// A job that a version must have passed has to take that resource itself.
fn passed_job(passed: &Spanned<String>, get: &Get, job: &Job, pipeline: &Pipeline, sink: &Sink) {
    if passed.value == job.name.value {
        let message = format!("the job `{}` waits for itself to pass", job.name.value);
        return sink
            .add(Report::error("passed", passed.span, message).hint("name a job that runs before it"));
    }
    let Some(upstream) = pipeline.job(passed) else {
        let report = Report::error("unknown-job", passed.span, format!("there is no job `{}`", passed.value));
        let others = pipeline.jobs.iter().filter(|other| other.name.value != job.name.value);
        return sink.add(report.maybe_hint(did_you_mean(passed, others.map(|job| job.name.as_str()))));
    };
    if upstream.gets().any(|other| other.resource == get.resource) {
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
