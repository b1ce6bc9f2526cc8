//! `runner_type "docker" { … }`.

use super::grammar::Grammar;
use super::reading::Reading;
use super::top::Context;
use super::{params, source};
use crate::builtin::Kind;
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::types;
use crate::pipeline::{RunnerType, Template};
use crate::span::Span;
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["source", "checksum", "params", "error_codes", "description"],
    blocks: &["run", "stop", "mounts", "param"],
    later: &["cache", "tags"],
    ..Grammar::EMPTY
};

pub(super) const TEMPLATE: Grammar = Grammar { attributes: &["path", "args"], ..Grammar::EMPTY };

/// The places that a process may see elsewhere.
const PLACES: &[&str] = &["WORKDIR", "SCRATCH", "CACHE_DIR", "PIKOCI"];

/// The type that a block of the pipeline declares.
pub(super) fn declared(block: &Block, outer: &Reading<'_>, context: &Context<'_>) -> Option<RunnerType> {
    let [name] = outer.labels(block, ["runner type"])?;
    let what = format!("`runner_type \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    let span = outer.scope.span(&block.ident);
    reading.check(&GRAMMAR);
    let runner = match source::of(&reading, &["run", "stop", "mounts", "error_codes"]) {
        None => body(&name, &reading, span)?,
        Some(from) => {
            let mut sourced = load(&name, &from, context)?;
            sourced.params.named.extend(params::declared(&reading).named);
            sourced
        }
    };
    Some(RunnerType { span, ..runner })
}

/// The type of a source.
pub(super) fn load(name: &str, from: &source::From, context: &Context<'_>) -> Option<RunnerType> {
    let sourced = source::open(from, Kind::Runner, context)?;
    let read = sourced.read(Kind::Runner, context, |block, reading| {
        let inner = reading.inner(&block.body, "`runner_type`");
        inner.check(&GRAMMAR);
        body(name, &inner, reading.scope.span(&block.ident))
    })?;
    Some(RunnerType { source: Some(from.source.clone()), ..read })
}

fn body(name: &str, reading: &Reading<'_>, span: Option<Span>) -> Option<RunnerType> {
    let params = params::declared(reading);
    let (mounts, error_codes) = (mounts(reading), error_codes(reading));
    let stop = reading.only_block("stop").and_then(|block| template(block, reading));
    let Some(run) = reading.only_block("run") else {
        let report = Report::error("missing-block", span, format!("{} has no `run`", reading.what));
        reading
            .sink
            .add(report.hint("write `run { path = … , args = […] }`, each attribute on a line of its own"));
        return None;
    };
    let run = template(run, reading)?;
    Some(RunnerType {
        name: name.to_owned(),
        source: None,
        params,
        run,
        stop,
        mounts,
        error_codes,
        span: None,
    })
}

fn template(block: &Block, outer: &Reading<'_>) -> Option<Template> {
    let [] = outer.labels(block, [])?;
    let what = format!("`{}` of {}", block.ident.value(), outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check(&TEMPLATE);
    let args = reading.texts("args").unwrap_or_default();
    if reading.attribute("path").is_none() {
        let report = Report::error(
            "missing-attribute",
            outer.scope.span(&block.ident),
            format!("{what} needs `path`"),
        );
        reading.sink.add(report.hint("`path` is the program to start"));
    }
    Some(Template { path: reading.text("path")?, args })
}

fn mounts(outer: &Reading<'_>) -> BTreeMap<String, String> {
    let Some(block) = outer.only_block("mounts") else { return BTreeMap::new() };
    let what = format!("`mounts` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    let mut mounts = BTreeMap::new();
    for attribute in block.body.attributes() {
        let name = attribute.key.value().as_str();
        if !PLACES.contains(&name) {
            let message = format!("unknown place `{name}` in {what}");
            let report = Report::error("unknown-attribute", reading.scope.span(&attribute.key), message);
            reading.sink.add(report.maybe_hint(did_you_mean(name, PLACES.iter().copied())));
        } else if let Some(path) = reading.text(name) {
            mounts.insert(name.to_owned(), path.value);
        }
    }
    mounts
}

fn error_codes(reading: &Reading<'_>) -> Vec<i32> {
    let Some(value) = reading.value("error_codes") else { return Vec::new() };
    let codes = match &value.value {
        crate::eval::Value::List(list) => list.items().iter().map(code).collect(),
        _ => None,
    };
    codes.unwrap_or_else(|| {
        let report =
            Report::error("value", value.span, "`error_codes` is a list of exit codes from 1 to 255");
        reading.sink.add(report.hint("write `error_codes = [125]`"));
        Vec::new()
    })
}

fn code(value: &crate::eval::Value) -> Option<i32> {
    let code = types::to_number(value).ok()?.as_i128()?;
    (1..=255).contains(&code).then_some(code as i32)
}
