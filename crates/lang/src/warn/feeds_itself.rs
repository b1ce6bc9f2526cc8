//! A job that is triggered by what it puts itself.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        let triggers = |resource: &str| job.gets().any(|get| get.trigger && get.resource == resource);
        for put in job.puts().filter(|put| triggers(&put.resource)) {
            let message = format!(
                "job `{}` puts `{}`, which triggers it: each build may start the next",
                *job.name, put.resource
            );
            context.sink.add(Report::warning("feeds-itself", put.span, message));
        }
    }
}
