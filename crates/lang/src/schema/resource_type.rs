//! `resource_type "git" { … }`.

use super::command::command;
use super::reading::{Grammar, Reading};
use super::top::Context;
use super::{params, source};
use crate::builtin::Kind;
use crate::diagnostic::Report;
use crate::pipeline::{Command, ResourceType};
use crate::span::Span;
use hcl_edit::structure::Block;

const GRAMMAR: Grammar = Grammar {
    attributes: &["source", "params", "description"],
    blocks: &["check", "pull", "push", "param"],
    later: &["cache", "runner", "space", "untrusted", "checksum", "tags"],
};

/// The type that a block of the pipeline declares.
pub(super) fn declared(block: &Block, outer: &Reading<'_>, context: &Context<'_>) -> Option<ResourceType> {
    let [name] = outer.labels(block, ["resource type"])?;
    let what = format!("`resource_type \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    let own = body(&name, &reading);
    let resource_type = match reading.text("source") {
        None => own,
        Some(from) => {
            no_commands(&reading);
            let mut sourced = load(&name, &from.value, from.span, context)?;
            sourced.params.named.extend(own.params.named);
            sourced
        }
    };
    Some(ResourceType { span: outer.scope.span(&block.ident), ..resource_type })
}

/// The built-in type of that name, or `None`.
pub(super) fn built_in(name: &str, used: Span, context: &Context<'_>) -> Option<ResourceType> {
    Kind::Resource.text(name)?;
    load(name, &format!("pikoci://{name}"), used, context)
}

fn load(name: &str, from: &str, span: Span, context: &Context<'_>) -> Option<ResourceType> {
    let sourced = source::open(from, Kind::Resource, span, context)?;
    let read = sourced.read(Kind::Resource, context, |block, reading| {
        let inner = reading.inner(&block.body, "`resource_type`");
        Some(body(name, &inner))
    })?;
    Some(ResourceType { source: Some(from.to_owned()), ..read })
}

fn body(name: &str, reading: &Reading<'_>) -> ResourceType {
    reading.check(&GRAMMAR);
    ResourceType {
        name: name.to_owned(),
        source: None,
        params: params::declared(reading),
        check: effective(reading, "check"),
        pull: effective(reading, "pull"),
        push: effective(reading, "push"),
        span: None,
    }
}

/// The command of a block; an empty block does nothing, and is like none.
fn effective(reading: &Reading<'_>, name: &'static str) -> Option<Command> {
    let block = reading.only_block(name)?;
    command(block, reading).filter(|_| !block.body.is_empty())
}

fn no_commands(reading: &Reading<'_>) {
    for name in ["check", "pull", "push"] {
        if let Some(block) = reading.only_block(name) {
            let message = format!("{} has a `source`, and so no `{name}` of its own", reading.what);
            let report = Report::error("source-and-inline", reading.scope.span(&block.ident), message);
            reading.sink.add(report.hint("leave out the one or the other"));
        }
    }
}
