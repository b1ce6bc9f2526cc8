//! Parameters that the template of a runner does not take.

use super::{called, commands};
use crate::diagnostic::Report;
use crate::late::Late;
use crate::pipeline::{Pipeline, RunnerType};
use crate::schema::Context;
use crate::template_name::names;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for command in commands(pipeline) {
        let Some(runner) = pipeline.runner_types.get(&command.runner.value) else { continue };
        for (name, value) in &command.params {
            if takes(runner, name) || value.span == command.span {
                continue;
            }
            let message = format!(
                "{} has no `${name}` in its template: `{name}` is not applied",
                called(runner, context)
            );
            let report = Report::warning("param-not-taken", value.span, message);
            context.sink.add(report.hint(mend(name, &value.value, runner)));
        }
    }
}

fn takes(runner: &RunnerType, param: &str) -> bool {
    let templates = [Some(&runner.run), runner.stop.as_ref()];
    let elements = templates.into_iter().flatten().flat_map(|template| template.elements());
    elements
        .flat_map(|element| names(element))
        .any(|name| name == param || (param == "cmd" && name == "cmd_file"))
}

fn mend(name: &str, value: &Late, runner: &RunnerType) -> String {
    let before = match (value, runner.run.args.iter().find(|arg| arg.value == "$image")) {
        (value, Some(_)) if value.elements().is_some() => ", before \"$image\"",
        _ => "",
    };
    format!("add \"${name}\" as an element to the `args` of its `run`{before}")
}
