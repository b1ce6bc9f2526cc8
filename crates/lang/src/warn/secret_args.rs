//! Secrets where others can see them: in arguments of a process, or as text in a script.

use super::commands;
use crate::diagnostic::Report;
use crate::pipeline::{Command, Pipeline};
use crate::schema::{Context, env_name};
use crate::template_name::names;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for command in commands(pipeline) {
        for (param, value) in &command.params {
            let secrets = value.secrets();
            let Some(name) = secrets.first() else { continue };
            let variable = env_name(name);
            let message = match in_script(param, command, pipeline) {
                true => format!(
                    "`var.{name}` is pasted into a script, where quotes and `$` in it change its meaning"
                ),
                false => format!(
                    "`var.{name}` becomes an argument of a process, which shows in the host's list of processes"
                ),
            };
            let report = Report::warning("secret-in-args", value.span, message);
            context.sink.add(report.hint(format!(
                "pass it by environment: `env {{ {variable} = var.{name} }}`, and \"${variable}\" in a script"
            )));
        }
    }
}

/// Whether the parameter travels in a file, not in the argv.
fn in_script(param: &str, command: &Command, pipeline: &Pipeline) -> bool {
    let Some(runner) = pipeline.runner_types.get(&command.runner.value) else { return false };
    let mut names = runner.run.elements().flat_map(|element| names(element));
    param == "cmd" && names.all(|name| name != "cmd")
}
