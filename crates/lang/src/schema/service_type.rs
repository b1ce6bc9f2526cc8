//! `service_type "postgresql" { … }`.

use super::command::{effective, ready_check};
use super::grammar::Grammar;
use super::reading::Reading;
use super::top::Context;
use super::{params, source, type_runner};
use crate::builtin::Kind;
use crate::pipeline::ServiceType;
use hcl_edit::structure::Block;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["source", "checksum", "params", "description", "isolated"],
    blocks: &["start", "ready_check", "logs", "stop", "param", "runner"],
    later: &["cache", "tags"],
    ..Grammar::EMPTY
};

/// The type that a block of the pipeline declares.
pub(super) fn declared(block: &Block, outer: &Reading<'_>, context: &Context<'_>) -> Option<ServiceType> {
    let [name] = outer.labels(block, ["service type"])?;
    let what = format!("`service_type \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    let own = body(&name, &reading);
    let span = outer.scope.span(&block.ident);
    let Some(from) = source::of(&reading, &["start", "ready_check", "logs", "stop", "isolated"]) else {
        return Some(ServiceType { span, ..own? });
    };
    let mut read = load(&name, &from, context)?;
    read.params.named.extend(own?.params.named);
    type_runner::apply(&reading, read.commands_mut())?;
    Some(ServiceType { span, ..read })
}

/// The type of a source. Those that are built in give each build one of its own.
pub(super) fn load(name: &str, from: &source::From, context: &Context<'_>) -> Option<ServiceType> {
    let read =
        source::open(from, Kind::Service, context)?.read(Kind::Service, context, |block, reading| {
            body(name, &reading.inner(&block.body, "`service_type`"))
        })?;
    let isolated = read.isolated || from.source.starts_with("pikoci://");
    Some(ServiceType { source: Some(from.source.clone()), isolated, ..read })
}

fn body(name: &str, reading: &Reading<'_>) -> Option<ServiceType> {
    reading.check(&GRAMMAR);
    let mut read = ServiceType {
        name: name.to_owned(),
        source: None,
        params: params::declared(reading),
        start: effective(reading, "start"),
        ready_check: ready_check(reading),
        logs: effective(reading, "logs"),
        stop: effective(reading, "stop"),
        isolated: reading.flag("isolated").is_some_and(|flag| flag.value),
        span: None,
    };
    if reading.attribute("source").is_none() {
        type_runner::apply(reading, read.commands_mut())?;
    }
    Some(read)
}
