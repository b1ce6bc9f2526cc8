//! Two tasks of a job whose outputs would be one variable.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::{Context, env_name};
use std::collections::BTreeSet;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        let mut seen = BTreeSet::new();
        for task in job.tasks().filter(|task| !seen.insert(env_name(&task.name))) {
            let message =
                format!("another task of job `{}` has the name `{}` too", job.base_name(), task.name.value);
            context.sink.add(Report::warning("task-twice", task.name.span, message));
        }
    }
}
