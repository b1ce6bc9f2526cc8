//! A job that is triggered by what it puts itself.

use crate::diagnostic::Report;
use crate::pipeline::{Pipeline, Put};
use crate::schema::Context;
use std::collections::BTreeSet;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        let triggers = job.gets().filter(|get| get.trigger).map(|get| &get.resource);
        let triggers: BTreeSet<&String> = triggers.collect();
        // A tag of git is no version of a branch.
        let makes_a_version =
            |put: &&Put| !(put.resource.starts_with("git.") && put.attributes.contains_key("tag"));
        for put in job.puts().filter(|put| triggers.contains(&put.resource)).filter(makes_a_version) {
            let message = format!(
                "job `{}` puts `{}`, which triggers it: each build may start the next",
                job.base_name(),
                put.resource
            );
            let hint = "leave out `trigger` of the get, or put what another resource watches";
            context.sink.add(Report::warning("feeds-itself", put.span, message).hint(hint));
        }
    }
}
