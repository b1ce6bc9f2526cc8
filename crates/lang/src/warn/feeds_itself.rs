//! A job that is triggered by what it puts itself.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;
use std::collections::BTreeSet;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        let triggers = job.gets().filter(|get| get.trigger).map(|get| &get.resource);
        let triggers: BTreeSet<&String> = triggers.collect();
        for put in job.puts().filter(|put| triggers.contains(&put.resource)) {
            let message = format!(
                "job `{}` puts `{}`, which triggers it: each build may start the next",
                *job.name, put.resource
            );
            context.sink.add(Report::warning("feeds-itself", put.span, message));
        }
    }
}
