//! `$GET_APP_REF` where no shell expands it.

use super::tasks;
use crate::diagnostic::Report;
use crate::late::{Late, Reference};
use crate::pipeline::{Job, Pipeline};
use crate::schema::{Context, env_name};
use crate::script::takes_script;
use crate::span::Span;
use crate::template_name::names;

const PREFIXES: &[&str] = &["GET_", "BUILD_", "TASK_", "SERVICE_"];

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for (job, task) in tasks(pipeline) {
        for (param, value) in &task.run.params {
            let texts = texts(param, &value.value);
            let found = texts.iter().find_map(|text| Some((text, variable(text)?)));
            report(found, value.span, "here", job, context);
        }
        if let Some(dir) = &task.dir {
            let found = dir.as_str().and_then(|text| Some((text, variable(text)?)));
            report(found, dir.span, "in `dir`", job, context);
        }
    }
}

fn report(found: Option<(impl AsRef<str>, &str)>, span: Span, place: &str, job: &Job, context: &Context<'_>) {
    let Some((text, name)) = found else { return };
    let message = format!("nothing replaces `${name}` {place}: only a shell does");
    let hint = match written(text.as_ref(), name, job) {
        Some(written) => format!("write \"{written}\""),
        None => format!("use `${name}` in `cmd`, or in a script that a shell runs"),
    };
    context.sink.add(Report::warning("not-expanded", span, message).hint(hint));
}

/// The text with the value of the build in the place of its variable.
fn written(text: &str, name: &str, job: &Job) -> Option<String> {
    let key = |root: &str, step: &str| {
        let rest = name.strip_prefix(&format!("{root}_{}_", env_name(step)))?;
        (!rest.is_empty()).then(|| rest.to_lowercase())
    };
    let get = |step: &str| Some(Reference::Get { step: step.to_owned(), key: key("GET", step)? });
    let task = |step: &str| {
        key("TASK", step)?;
        let key = name.strip_prefix(&format!("TASK_{}_", env_name(step)))?.to_owned();
        Some(Reference::Task { step: step.to_owned(), key })
    };
    let gets = job.gets().find_map(|each| get(&each.name));
    let reference = gets.or_else(|| job.tasks().find_map(|each| task(&each.name)))?;
    let value = format!("${{{reference}}}");
    Some(text.replace(&format!("${{{name}}}"), &value).replace(&format!("${name}"), &value))
}

/// The texts of a parameter that reach no shell: all but a script, and what follows `-c`.
fn texts(param: &str, value: &Late) -> Vec<String> {
    let known = |late: &Late| late.as_str().map(str::to_owned);
    match value.elements() {
        Some(items) => {
            let items: Vec<String> = items.iter().filter_map(known).collect();
            let end = items.iter().position(|item| takes_script(item)).unwrap_or(items.len());
            items[..end].to_vec()
        }
        None if param == "cmd" => Vec::new(),
        None => known(value).into_iter().collect(),
    }
}

fn variable(text: &str) -> Option<&str> {
    names(text).find(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}
