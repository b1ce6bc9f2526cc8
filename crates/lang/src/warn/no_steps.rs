//! A job that does nothing.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in pipeline.jobs.iter().filter(|job| job.steps.is_empty()) {
        let message = format!("job `{}` has no steps, and does nothing", job.base_name());
        context.sink.add(Report::warning("no-steps", job.name.span, message));
    }
}
