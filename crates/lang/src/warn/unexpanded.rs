//! `$GET_APP_REF` where no shell expands it.

use super::tasks;
use crate::diagnostic::Report;
use crate::late::Late;
use crate::pipeline::{Pipeline, Task};
use crate::schema::Context;
use crate::script::takes_script;
use crate::template_name::names;

const PREFIXES: &[&str] = &["GET_", "BUILD_", "TASK_", "SERVICE_"];

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for (_, task) in tasks(pipeline) {
        for (param, value) in &task.run.params {
            let texts = texts(param, &value.value);
            let Some(name) = texts.iter().find_map(|text| variable(text)) else { continue };
            let message = format!("nothing replaces `${name}` here: only a shell does");
            let report = Report::warning("not-expanded", value.span, message);
            context
                .sink
                .add(report.hint(format!("use `${name}` in `cmd`, or in a script that a shell runs")));
        }
        directory(task, context);
    }
}

fn directory(task: &Task, context: &Context<'_>) {
    if let Some(name) = task.dir.as_ref().and_then(|dir| dir.as_str()).and_then(variable) {
        let message = format!("nothing replaces `${name}` in `dir`");
        context.sink.add(Report::warning("not-expanded", task.name.span, message));
    }
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
