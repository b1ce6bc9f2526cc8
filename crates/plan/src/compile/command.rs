//! Commands: a runner's templates, and what they are filled with.

use crate::plan::{Argument, Command, Template};
use pikoci_lang::{Pipeline, Value};

/// The command; `None` if the pipeline does not have its runner.
pub(super) fn compile(pipeline: &Pipeline, command: &pikoci_lang::Command) -> Option<Command> {
    let runner = pipeline.runner_types.get(&command.runner.value)?;
    let params = command.params.iter().filter_map(|(name, value)| Some((name.clone(), argument(value)?)));
    Some(Command {
        runner: runner.name.clone(),
        run: template(&runner.run),
        stop: runner.stop.as_ref().map(template),
        mounts: runner.mounts.clone(),
        error_codes: runner.error_codes.clone(),
        params: params.collect(),
    })
}

fn template(template: &pikoci_lang::Template) -> Template {
    Template {
        path: template.path.value.clone(),
        args: template.args.iter().map(|arg| arg.value.clone()).collect(),
    }
}

/// A list stays a list, so that each of its elements becomes one argument; a map is its JSON.
fn argument(value: &Value) -> Option<Argument> {
    match value {
        Value::List(list) => Some(Argument::List(list.items().iter().filter_map(Value::to_text).collect())),
        other => other.to_text().map(Argument::Text),
    }
}
