//! `task "unit" { … }`.

use super::{OPTIONS, Place, finish};
use crate::diagnostic::Report;
use crate::files;
use crate::late::Late;
use crate::pipeline::{Action, Step, Task, Values};
use crate::schema::command::command;
use crate::schema::grammar::Grammar;
use crate::schema::reading::Reading;
use crate::span::Spanned;
use hcl_edit::structure::Block;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["dir", "inputs", "outputs", "description"],
    blocks: &["run", "env"],
    later: &["cache"],
    also: &[&OPTIONS],
};

const ENV: Grammar = Grammar::EMPTY;

/// The task of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let [label] = outer.labels(block, ["task"])?;
    let what = format!("`task \"{}\"`", label.value);
    let reading = outer.inner(&block.body, &what);
    let name = place.name(&label, &reading)?;
    reading.check(&GRAMMAR);
    let (env, dir) = (env(&reading), dir(&reading));
    let (inputs, outputs) = (paths(&reading, "inputs"), paths(&reading, "outputs"));
    let run = reading.only_block("run");
    if run.is_none() {
        let report = Report::error("missing-block", name.span, format!("{what} has no `run`"));
        reading.sink.add(report.hint("say what it runs: `run \"shell\" { cmd = \"…\" }`"));
    }
    let run = run.and_then(|run| command(run, &reading));
    place.table.passed("task", &name);
    let timeout_ms = run.as_ref().and_then(|run| run.timeout_ms);
    let span = outer.scope.span(&block.ident)?;
    let task = Task { name: name.clone(), run: run?, env, dir, inputs, outputs, span };
    let mut step = finish(name, Action::Task(task), &reading, place)?;
    step.options.timeout_ms = step.options.timeout_ms.or(timeout_ms);
    Some(step)
}

fn env(outer: &Reading<'_>) -> Values {
    let Some(block) = outer.only_block("env") else { return Values::new() };
    let what = format!("`env` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&ENV);
    let mut env = reading.open_values(&ENV);
    env.retain(|_, value| !value.is_null());
    env
}

/// A directory below `$WORKDIR`; `None` is `$WORKDIR` itself.
fn dir(reading: &Reading<'_>) -> Option<Spanned<Late>> {
    let dir = below("dir", "a directory", reading.late("dir")?, reading)?;
    (dir.as_str() != Some(".")).then_some(dir)
}

fn paths(reading: &Reading<'_>, name: &str) -> Vec<Spanned<Late>> {
    reading.lates(name).into_iter().filter_map(|path| below(name, "a path", path, reading)).collect()
}

/// The path as it is asked for, if it is known and does not leave `$WORKDIR`; `.` is that itself.
fn below(name: &str, what: &str, path: Spanned<Late>, reading: &Reading<'_>) -> Option<Spanned<Late>> {
    let Some(value) = path.literal() else { return Some(path) };
    let text = value.to_text().unwrap_or_default();
    if matches!(text.as_str(), "" | "." | "./") && name == "dir" {
        return Some(Spanned::new(Late::from("."), path.span));
    }
    match files::normal(&text) {
        Ok(text) => Some(Spanned::new(Late::from(text.as_str()), path.span)),
        Err(_) => {
            let message = format!("`{name}`: {what} below `$WORKDIR` is needed, and `{text}` is not");
            let report = Report::error("path", path.span, message);
            reading.sink.add(report.hint("write a relative path without `..`"));
            None
        }
    }
}
