//! Two gets of a job that write into one directory.

use crate::diagnostic::Report;
use crate::pipeline::{Job, Pipeline};
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        of_job(job, pipeline, context);
    }
}

fn of_job(job: &Job, pipeline: &Pipeline, context: &Context<'_>) {
    let fetched = |get: &crate::pipeline::Get| {
        let resource = pipeline.resource(&get.resource)?;
        pipeline.type_of(resource)?.pull.as_ref()?;
        Some(resource.directory.clone())
    };
    let mut seen: Vec<(String, &str)> = Vec::new();
    for get in job.gets() {
        let Some(directory) = fetched(get) else { continue };
        match seen.iter().find(|(other, _)| *other == directory) {
            Some((_, first)) => {
                let place =
                    if directory == "." { "`$WORKDIR`".to_owned() } else { format!("`{directory}/`") };
                let message = format!("`{first}` and `{}` are both fetched into {place}", get.resource);
                let report = Report::warning("one-directory", get.name.span, message);
                context.sink.add(report.hint("give one of them another `name`"));
            }
            None => seen.push((directory, &get.resource)),
        }
    }
}
