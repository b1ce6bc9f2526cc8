//! Fixed ports of services for which builds wait in turn.

use crate::diagnostic::Report;
use crate::pipeline::{Job, Pipeline, Service};
use crate::schema::Context;
use std::collections::BTreeMap;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let mut seen: BTreeMap<String, &Job> = BTreeMap::new();
    for (job, service) in
        pipeline.jobs.iter().flat_map(|job| job.services.iter().map(move |each| (job, each)))
    {
        let Some(port) = port(service) else { continue };
        let other = seen.insert(port.clone(), job);
        let why = match other {
            Some(other) if other.name.value == job.name.value => {
                format!("another service of job `{}` has it too, so that only one can start", job.base_name())
            }
            Some(other) => {
                format!("{} has it too, so builds on one host wait for each other", called(other, job))
            }
            None if job.scheduling.concurrency > 1 => "builds on one host wait for each other".to_owned(),
            None => continue,
        };
        let span = service.params.get("port").map_or(service.span, |value| value.span);
        let report = Report::warning("fixed-port", span, format!("the port {port} is fixed: {why}"));
        context.sink.add(report.hint("leave `port` out for a free one"));
    }
}

/// `job \`test\``; of another instance of the same job that.
fn called(other: &Job, job: &Job) -> String {
    match other.base_name() == job.base_name() {
        true => format!("another instance of job `{}`", job.base_name()),
        false => format!("job `{}`", other.base_name()),
    }
}

fn port(service: &Service) -> Option<String> {
    let port = service.params.get("port")?;
    let fixed = port.span != service.name.span;
    port.literal().filter(|_| fixed)?.to_text().filter(|port| !matches!(port.as_str(), "" | "0"))
}
