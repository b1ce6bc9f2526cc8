//! A job that a newer build may interrupt in the middle of what it changes outside.

use crate::diagnostic::Report;
use crate::pipeline::{Interruptible, Pipeline};
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in pipeline.jobs.iter().filter(|job| job.scheduling.interruptible.value == Interruptible::Always)
    {
        let what = match (job.puts().next(), job.scheduling.serial_groups.is_empty()) {
            (Some(put), _) => format!("one that is putting `{}`", put.resource),
            (None, false) => "one that holds a serial group".to_owned(),
            (None, true) => continue,
        };
        let message = format!("`interruptible = true` also cancels a running build, here {what}");
        let report = Report::warning("interruptible", job.scheduling.interruptible.span, message);
        context.sink.add(report.hint("did you mean `interruptible = \"waiting\"`?"));
    }
}
