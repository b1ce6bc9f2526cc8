//! Names of steps that would give one variable.

use crate::diagnostic::{Report, Sink};
use crate::pipeline::{Job, Pipeline};
use crate::schema::env_name;
use std::collections::BTreeMap;

/// Reports gets and services of a job that would give one variable. (Of tasks this is a warning.)
pub(crate) fn check(pipeline: &Pipeline, sink: &Sink) {
    for job in &pipeline.jobs {
        gets(job, sink);
        services(job, sink);
    }
}

fn gets(job: &Job, sink: &Sink) {
    let mut seen = BTreeMap::new();
    for get in job.gets() {
        let variable = env_name(&get.name);
        let Some(first) = seen.insert(variable.clone(), &get.resource) else { continue };
        let message = match *first == get.resource {
            true => format!("`{}` is got twice in `job \"{}\"`", get.resource, job.base_name()),
            false => format!("`{first}` and `{}` would both be `$GET_{variable}_…`", get.resource),
        };
        sink.add(Report::error("get-twice", get.name.span, message));
    }
}

fn services(job: &Job, sink: &Sink) {
    let mut seen = BTreeMap::new();
    for service in &job.services {
        let variable = env_name(&service.name);
        let Some(first) = seen.insert(variable.clone(), &service.name) else { continue };
        let message = match first.value == service.name.value {
            true => format!("there are two services `{}` in `job \"{}\"`", *service.name, job.base_name()),
            false => format!("`{}` and `{}` would both be `$SERVICE_{variable}_…`", **first, *service.name),
        };
        let hint = format!("name the second: `service \"{}\" \"other\" {{ … }}`", *service.type_name);
        sink.add(Report::error("service-twice", service.name.span, message).hint(hint));
    }
}
