//! `passed`, which a server reads but does not follow in this version.

use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for job in &pipeline.jobs {
        let Some(first) = job.gets().find_map(|get| get.passed.first()) else { continue };
        let message = format!(
            "a server does not start job `{}` by itself yet: it reads `passed`, and no more",
            job.name.value
        );
        let report = Report::warning("passed-not-yet", first.span, message);
        context.sink.add(
            report.hint(format!("start it with `pikoci job trigger {}/{}`", pipeline.name, job.name.value)),
        );
    }
}
