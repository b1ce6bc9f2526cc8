//! `$TASK_WSA_STATUS` in a script or a condition, where no task of the job is called that.

use crate::diagnostic::{Report, closest};
use crate::pipeline::{Action, Command, Decision, Job, Pipeline};
use crate::schema::{Context, env_name};
use crate::script::takes_script;
use crate::span::Span;
use crate::template_name::names;
use std::collections::BTreeSet;

/// The prefixes of variables that come from parts of a job.
const KINDS: [(&str, &str); 3] = [("GET_", "get"), ("TASK_", "task"), ("SERVICE_", "service")];

/// So many are reported: what to write instead is looked for among all names.
const MOST: usize = 20;

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    let mut reported = 0;
    for job in &pipeline.jobs {
        let known = known(job);
        for (variable, span, text) in used(job) {
            if reported == MOST {
                return;
            }
            let Some((prefix, kind)) = KINDS.into_iter().find(|(prefix, _)| variable.starts_with(prefix))
            else {
                continue;
            };
            let mut beginnings = variable.match_indices('_').map(|(at, _)| &variable[..at]);
            if beginnings.any(|name| known.contains(name)) || text.contains(&format!("{variable}=")) {
                continue;
            }
            reported += 1;
            let message = format!("no {kind} of job `{}` gives `${variable}`", job.base_name());
            let hint = suggestion(&variable, prefix, &known);
            context.sink.add(Report::warning("unknown-variable", span, message).maybe_hint(hint));
        }
    }
}

/// What variables of the job begin with: `TASK_UNIT`.
fn known(job: &Job) -> BTreeSet<String> {
    let gets = job.gets().map(|get| format!("GET_{}", env_name(&get.name)));
    let tasks = job.tasks().map(|task| format!("TASK_{}", env_name(&task.name)));
    let services = job.services.iter().map(|service| format!("SERVICE_{}", env_name(&service.name)));
    gets.chain(tasks).chain(services).collect()
}

fn suggestion(variable: &str, prefix: &str, known: &BTreeSet<String>) -> Option<String> {
    let alike = known.iter().filter(|name| name.starts_with(prefix));
    // What follows the name is kept: it may have as many parts as the name that was meant, or others.
    let candidates: Vec<String> = alike
        .flat_map(|name| {
            let tails = variable.match_indices('_').map(|(at, _)| &variable[at..]);
            tails.map(move |tail| format!("{name}{tail}"))
        })
        .collect();
    closest(variable, candidates.iter().map(String::as_str)).map(|name| format!("did you mean `${name}`?"))
}

/// Variables in scripts and conditions, with where these stand and their text.
fn used(job: &Job) -> Vec<(String, Span, String)> {
    let mut used = Vec::new();
    for step in job.all_steps() {
        match &step.action {
            Action::Task(task) => scripts(&task.run, &mut used),
            Action::Hook(command) => scripts(command, &mut used),
            Action::If(branches) => {
                for branch in branches {
                    if let Some(Decision::Condition(condition)) = &branch.condition {
                        let names = condition.variables().into_iter().map(str::to_owned);
                        used.extend(names.map(|name| (name, step.name.span, String::new())));
                    }
                }
            }
            _ => {}
        }
    }
    used
}

fn scripts(command: &Command, used: &mut Vec<(String, Span, String)>) {
    let cmd = command.params.get("cmd").and_then(|cmd| Some((cmd.span, cmd.as_str()?.to_owned())));
    let args = command.params.get("args").and_then(|args| {
        let items = args.elements()?;
        let script = items.iter().position(|item| item.as_str().is_some_and(takes_script))?;
        Some((args.span, items.get(script + 1)?.as_str()?.to_owned()))
    });
    for (span, text) in cmd.into_iter().chain(args) {
        used.extend(names(&text).map(|name| (name.to_owned(), span, text.clone())));
    }
}
