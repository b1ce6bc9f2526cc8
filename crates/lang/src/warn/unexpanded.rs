//! `$GET_APP_REF` where no shell expands it.

use super::tasks;
use crate::diagnostic::Report;
use crate::eval::Value;
use crate::pipeline::{Pipeline, Task};
use crate::schema::Context;
use crate::template_name::names;

const PREFIXES: &[&str] = &["GET_", "BUILD_", "TASK_", "SERVICE_"];

pub(super) fn check(pipeline: &Pipeline, context: &Context<'_>) {
    for (_, task) in tasks(pipeline) {
        for (param, value) in &task.run.params {
            let Some(name) = texts(param, &value.value).into_iter().find_map(variable) else { continue };
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
    if let Some(name) = task.dir.as_deref().and_then(variable) {
        let message = format!("nothing replaces `${name}` in `dir`");
        context.sink.add(Report::warning("not-expanded", task.name.span, message));
    }
}

/// The texts of a parameter that reach no shell: all but a script, and what follows `-c`.
fn texts<'a>(param: &str, value: &'a Value) -> Vec<&'a str> {
    match value {
        Value::String(_) if param == "cmd" => Vec::new(),
        Value::String(text) => vec![text],
        Value::List(list) => {
            let items: Vec<&str> = list.items().iter().filter_map(Value::as_str).collect();
            let end = items
                .iter()
                .position(|item| item.starts_with('-') && item.ends_with('c'))
                .unwrap_or(items.len());
            items[..end].to_vec()
        }
        _ => Vec::new(),
    }
}

fn variable(text: &str) -> Option<&str> {
    names(text).find(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}
