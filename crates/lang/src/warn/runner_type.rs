//! A runner whose process does not run as a child of the worker: in a container, on another host.

use super::{called, own_runners, tasks};
use crate::diagnostic::{Report, and};
use crate::pipeline::{Pipeline, RunnerType};
use crate::schema::{Context, env_name};
use crate::template_name::names;

/// Programs that start a process elsewhere, and hand on neither the environment nor a signal by themselves.
const ELSEWHERE: &[&str] = &["docker", "kubectl", "lxc", "nerdctl", "podman", "ssh", "vagrant"];

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for runner in own_runners(pipeline).filter(|runner| runs_elsewhere(runner)) {
        if runner.stop.is_none() {
            let message = format!(
                "{} has no `stop`: what it started may outlive a cancelled build",
                called(runner, context)
            );
            let hint = "add `stop { path = … , args = […] }` that ends what `$step` names, each attribute on a line of its own";
            context.sink.add(Report::warning("no-stop", runner.span, message).hint(hint));
        }
        if !runner
            .run
            .elements()
            .flat_map(|element| names(element))
            .any(|name| name == "env" || name == "env_file")
        {
            environment(runner, pipeline, context);
        }
    }
}

fn runs_elsewhere(runner: &RunnerType) -> bool {
    let program = runner.run.path.rsplit('/').next().unwrap_or_default();
    ELSEWHERE.contains(&program)
}

fn environment(runner: &RunnerType, pipeline: &Pipeline, context: &Context<'_>) {
    let lost = lost(runner, pipeline);
    let verb = if lost.len() == 1 { "does" } else { "do" };
    let message =
        format!("{} has no `$env`: {} {verb} not reach the process", called(runner, context), and(&lost));
    context
        .sink
        .add(Report::warning("no-env", runner.span, message).hint("add \"$env\" to the `args` of its `run`"));
}

/// Some of the variables that a task with this runner would miss.
fn lost(runner: &RunnerType, pipeline: &Pipeline) -> Vec<String> {
    let mut of_runner = tasks(pipeline).filter(|(_, task)| task.run.runner.value == runner.name);
    let Some((job, task)) = of_runner.next() else { return vec!["`BUILD_NUMBER`".to_owned()] };
    let get = job
        .gets()
        .next()
        .map_or("`BUILD_NUMBER`".to_owned(), |get| format!("`GET_{}_…`", env_name(&get.name)));
    let env = task.env.keys().next().map(|key| format!("`env.{key}`"));
    [get].into_iter().chain(env).collect()
}
