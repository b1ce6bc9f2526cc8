//! Two gets of a job that write into one directory.

use crate::diagnostic::Report;
use crate::pipeline::{Job, Pipeline};
use crate::schema::Context;
use std::collections::BTreeMap;

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
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for get in job.gets() {
        let Some(directory) = fetched(get) else { continue };
        match seen.get(&directory) {
            Some(first) => {
                let place =
                    if directory == "." { "`$WORKDIR`".to_owned() } else { format!("`{directory}/`") };
                let message = format!("`{first}` and `{}` are both fetched into {place}", get.resource);
                let report = Report::warning("one-directory", get.name.span, message);
                context.sink.add(report.hint("give one of them another `name`"));
            }
            None => {
                seen.insert(directory, &get.resource);
            }
        }
    }
}
