//! What the runner of a task makes of it: what could never run is an error.

use crate::diagnostic::{Report, Sink};
use crate::pipeline::{Command, Pipeline, RunnerType, Task, Template};
use crate::template_name::{exact, names};

/// Reports commands that their runner cannot run.
pub(crate) fn check(pipeline: &Pipeline, sink: &Sink) {
    for job in &pipeline.jobs {
        for command in job.commands() {
            let Some(runner) = pipeline.runner_types.get(&command.runner.value) else { continue };
            script(command, runner, sink);
            program(command, runner, sink);
        }
        for task in job.tasks() {
            let Some(runner) = pipeline.runner_types.get(&task.run.runner.value) else { continue };
            directory(task, runner, sink);
        }
    }
}

fn takes(template: &Template, wanted: &str) -> bool {
    template.elements().flat_map(|element| names(element)).any(|name| name == wanted)
}

/// A runner that reads a script from a file needs one, and takes one.
fn script(command: &Command, runner: &RunnerType, sink: &Sink) {
    if !takes(&runner.run, "cmd_file") {
        return;
    }
    let takes_file = takes(&runner.run, "file");
    let (cmd, file) = (command.params.contains_key("cmd"), command.params.contains_key("file"));
    let either = if takes_file { "`cmd` or `file`" } else { "`cmd`" };
    let report = match (cmd, file && takes_file) {
        (false, false) => format!("the runner `{}` needs {either}", runner.name),
        (true, true) => format!("the runner `{}` takes `cmd` or `file`, not both", runner.name),
        _ => return,
    };
    sink.add(Report::error("script", command.span, report));
}

/// A runner that starts what it is told must be told.
fn program(command: &Command, runner: &RunnerType, sink: &Sink) {
    let Some(name) = exact(&runner.run.path) else { return };
    let known = command.params.contains_key(name) || runner.params.named.contains_key(name);
    if !known {
        let message = format!("the runner `{}` starts `${name}`, and `{name}` is not given", runner.name);
        sink.add(Report::error("missing-param", command.span, message));
    }
}

/// A directory that the runner cannot go to.
fn directory(task: &Task, runner: &RunnerType, sink: &Sink) {
    if task.dir.is_none() || exact(&runner.run.path).is_some() || takes(&runner.run, "dir") {
        return;
    }
    if takes(&runner.run, "cmd_file") && task.run.params.contains_key("cmd") {
        return;
    }
    let message = format!("the runner `{}` takes no `dir`", runner.name);
    let hint = "change directory in `cmd`, or use \"$dir\" or \"$cmd_file\" in the template of the runner";
    sink.add(Report::error("no-dir", task.name.span, message).hint(hint));
}
