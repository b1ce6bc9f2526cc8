//! A task in a container that leaves something running in the background.

use super::tasks;
use crate::diagnostic::Report;
use crate::pipeline::Pipeline;
use crate::schema::Context;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for (_, task) in tasks(pipeline).filter(|(_, task)| task.run.runner.value == "docker") {
        let Some(cmd) = task.run.params.get("cmd") else { continue };
        let script = cmd.as_str().unwrap_or_default().trim_end();
        if script.ends_with('&') && !script.ends_with("&&") {
            let message =
                "the container ends with its first process, so nothing is left running behind this `&`";
            let report = Report::warning("background", cmd.span, message);
            context.sink.add(report.hint("use `run \"shell\"`, or a service"));
        }
    }
}
