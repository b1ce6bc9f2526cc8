//! `task "unit" { … }`.

use super::command::command;
use super::reading::{Grammar, Reading};
use crate::diagnostic::Report;
use crate::files;
use crate::pipeline::Task;
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

const GRAMMAR: Grammar = Grammar {
    attributes: &["dir", "timeout", "description"],
    blocks: &["run", "env"],
    later: &[
        "inputs",
        "outputs",
        "attempts",
        "backoff",
        "allow_failure",
        "for_each",
        "cache",
        "on_success",
        "on_failure",
        "on_error",
        "on_cancel",
        "ensure",
    ],
};

const ENV: Grammar = Grammar { attributes: &[], blocks: &[], later: &[] };

/// The task of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>) -> Option<Task> {
    let [name] = outer.labels(block, ["task"])?;
    let what = format!("`task \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let (env, dir, timeout) = (env(&reading), dir(&reading), reading.duration("timeout"));
    let Some(run) = reading.only_block("run") else {
        let report = Report::error("missing-block", name.span, format!("{what} has no `run`"));
        reading.sink.add(report.hint("say what it runs: `run \"shell\" { cmd = \"…\" }`"));
        return None;
    };
    let run = command(run, &reading)?;
    let timeout_ms = timeout.or(run.timeout_ms);
    Some(Task { name, run, env, dir, timeout_ms, span: outer.scope.span(&block.ident)? })
}

fn env(outer: &Reading<'_>) -> BTreeMap<String, String> {
    let Some(block) = outer.only_block("env") else { return BTreeMap::new() };
    let what = format!("`env` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&ENV);
    let mut env = BTreeMap::new();
    for attribute in reading.open_attributes(&ENV) {
        let Some(value) = reading.value_of(attribute) else { continue };
        let Some(text) = value.to_text() else { continue };
        if text.contains('\0') {
            let message =
                format!("`{}` holds a NUL character, which no environment can", attribute.key.value());
            reading.sink.add(Report::error("value", value.span, message));
        }
        env.insert(attribute.key.value().to_string(), text);
    }
    env
}

/// A directory below `$WORKDIR`.
fn dir(reading: &Reading<'_>) -> Option<String> {
    let dir = reading.text("dir")?;
    if matches!(dir.as_str(), "" | "." | "./") {
        return None;
    }
    match files::normal(&dir) {
        Ok(dir) => Some(dir),
        Err(_) => {
            let message = format!("`dir` is a directory below `$WORKDIR`, and `{}` is not", dir.value);
            reading
                .sink
                .add(Report::error("path", dir.span, message).hint("write a relative path without `..`"));
            None
        }
    }
}
