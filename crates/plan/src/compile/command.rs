//! Commands: a runner's templates, and what they are filled with.

use super::Compiler;
use crate::plan::{Command, Template};

impl Compiler<'_> {
    /// The command; `None` if the pipeline does not have its runner.
    pub(super) fn command(&self, command: &pikoci_lang::Command) -> Option<Command> {
        let runner = self.pipeline.runner_types.get(&command.runner.value)?;
        Some(Command {
            runner: runner.name.clone(),
            run: template(&runner.run),
            stop: runner.stop.as_ref().map(template),
            mounts: runner.mounts.clone(),
            error_codes: runner.error_codes.clone(),
            params: self.values(&command.params),
        })
    }
}

fn template(template: &pikoci_lang::Template) -> Template {
    Template {
        path: template.path.value.clone(),
        args: template.args.iter().map(|arg| arg.value.clone()).collect(),
    }
}
