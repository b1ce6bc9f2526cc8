//! `job "test" { … }`.

use super::reading::{Grammar, Reading};
use super::{get, task};
use crate::diagnostic::Report;
use crate::pipeline::{Job, Step};
use hcl_edit::structure::Block;

const GRAMMAR: Grammar = Grammar {
    attributes: &["description", "timeout"],
    blocks: &["get", "task"],
    later: &[
        "put",
        "notify",
        "in_parallel",
        "do",
        "if",
        "else_if",
        "else",
        "service",
        "approve",
        "input",
        "matrix",
        "env",
        "runner",
        "on_success",
        "on_failure",
        "on_error",
        "on_cancel",
        "ensure",
        "on_trigger",
        "concurrency",
        "serial_groups",
        "tags",
        "interruptible",
        "dir",
        "group",
        "untrusted",
        "allow_failure",
        "disable_retry",
        "on_worker_loss",
        "for_each",
        "max_in_flight",
        "output",
    ],
};

/// The job of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>) -> Option<Job> {
    let [name] = outer.labels(block, ["job"])?;
    let what = format!("`job \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let steps = reading.body.blocks().filter_map(|block| step(block, &reading)).collect();
    let job = Job {
        description: reading.text("description").map(|text| text.value),
        timeout_ms: reading.duration("timeout"),
        steps,
        span: outer.scope.span(&block.ident)?,
        name,
    };
    unique_gets(&job, &reading);
    Some(job)
}

fn step(block: &Block, reading: &Reading<'_>) -> Option<Step> {
    match block.ident.value().as_str() {
        "get" => get::read(block, reading).map(Step::Get),
        "task" => task::read(block, reading).map(Step::Task),
        _ => None,
    }
}

/// Two gets must not give the same variables.
fn unique_gets(job: &Job, reading: &Reading<'_>) {
    let gets: Vec<_> = job.gets().collect();
    for (at, get) in gets.iter().enumerate() {
        let Some(first) = gets[..at].iter().find(|first| env_name(&first.name) == env_name(&get.name)) else {
            continue;
        };
        let message = if first.resource == get.resource {
            format!("`{}` is got twice in {}", get.resource, reading.what)
        } else {
            let variable = env_name(&get.name);
            format!("`{}` and `{}` would both be `$GET_{variable}_…`", first.resource, get.resource)
        };
        reading.sink.add(Report::error("get-twice", get.name.span, message));
    }
}

/// A name as part of the name of a variable: upper case, `_` for what is no letter and no digit.
pub(crate) fn env_name(name: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}
