//! What works, but bites. A file per rule.

mod args_text;
mod background;
mod clone_directory;
mod default_unused;
mod feeds_itself;
mod fixed_port;
mod interruptible;
mod no_steps;
mod no_trigger;
mod paste;
mod runner_params;
mod runner_type;
mod secret_args;
mod secret_known;
mod task_twice;
mod unexpanded;
mod unknown_variable;

use crate::pipeline::{Command, Job, Pipeline, RunnerType, Task};
use crate::schema::Context;

/// Reports what bites.
pub(crate) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let rules = [
        args_text::check,
        background::check,
        clone_directory::check,
        default_unused::check,
        feeds_itself::check,
        fixed_port::check,
        interruptible::check,
        no_steps::check,
        no_trigger::check,
        paste::check,
        runner_params::check,
        runner_type::check,
        secret_args::check,
        secret_known::check,
        task_twice::check,
        unexpanded::check,
        unknown_variable::check,
    ];
    for rule in rules {
        rule(pipeline, context);
    }
}

/// The runners that the pipeline defines itself, not those from a source.
fn own_runners(pipeline: &Pipeline) -> impl Iterator<Item = &RunnerType> {
    pipeline.runner_types.values().filter(|runner| runner.source.is_none())
}

/// All tasks, with their jobs.
fn tasks(pipeline: &Pipeline) -> impl Iterator<Item = (&Job, &Task)> {
    pipeline.jobs.iter().flat_map(|job| job.tasks().map(move |task| (job, task)))
}

/// The commands that the pipeline's own files write: those of its tasks and hooks, and of types without a source.
fn commands(pipeline: &Pipeline) -> impl Iterator<Item = &Command> {
    let resources = pipeline.resource_types.values().filter(|of| of.source.is_none());
    let secrets = pipeline.secret_types.values().filter(|of| of.source.is_none());
    let services = pipeline.service_types.values().filter(|of| of.source.is_none());
    let of_types = resources
        .flat_map(|of| of.commands())
        .chain(secrets.flat_map(|of| &of.get))
        .chain(services.flat_map(|of| of.commands()));
    pipeline.jobs.iter().flat_map(|job| job.commands()).chain(of_types)
}

/// `runner \`docker\` (line 20)`.
fn called(runner: &RunnerType, context: &Context<'_>) -> String {
    match runner.span.and_then(|span| context.sources.line(span)) {
        Some(line) => format!("runner `{}` (line {line})", runner.name),
        None => format!("runner `{}`", runner.name),
    }
}
