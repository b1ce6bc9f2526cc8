//! Commands: a runner's templates, and what they are filled with.

use crate::plan::{Command, Late, Template};
use pikoci_lang::Pipeline;

/// The command; `None` if the pipeline does not have its runner.
pub(super) fn compile(pipeline: &Pipeline, command: &pikoci_lang::Command) -> Option<Command> {
    let runner = pipeline.runner_types.get(&command.runner.value)?;
    let params =
        command.params.iter().map(|(name, value)| (name.clone(), Late::Literal(value.value.clone())));
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
