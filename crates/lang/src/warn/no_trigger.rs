//! A job with gets, none of which starts it.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let waits =
        |job: &&crate::pipeline::Job| job.gets().next().is_some() && !job.gets().any(|get| get.trigger);
    for job in pipeline.jobs.iter().filter(waits) {
        let aside =
            if job.gets().any(|get| !get.passed.is_empty()) { " (`passed` starts nothing)" } else { "" };
        let message = format!(
            "job `{}` starts only by hand: none of its gets has `trigger = true`{aside}",
            job.base_name()
        );
        context.sink.add(Report::warning("no-trigger", job.name.span, message));
    }
}
