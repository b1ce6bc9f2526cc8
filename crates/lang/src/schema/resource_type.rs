//! `resource_type "git" { … }`.

use super::command::effective;
use super::grammar::Grammar;
use super::reading::Reading;
use super::top::Context;
use super::{params, source, type_runner};
use crate::builtin::Kind;
use crate::pipeline::ResourceType;
use hcl_edit::structure::Block;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["source", "checksum", "params", "description", "cache", "space", "untrusted"],
    blocks: &["check", "pull", "push", "param", "runner"],
    later: &["tags"],
    ..Grammar::EMPTY
};

/// The type that a block of the pipeline declares.
pub(super) fn declared(block: &Block, outer: &Reading<'_>, context: &Context<'_>) -> Option<ResourceType> {
    let [name] = outer.labels(block, ["resource type"])?;
    let what = format!("`resource_type \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    let own = body(&name, &reading);
    let span = outer.scope.span(&block.ident);
    let Some(from) = source::of(&reading, &["check", "pull", "push", "space", "untrusted"]) else {
        return Some(ResourceType { span, ..own? });
    };
    let sourced = load(&name, &from, context)?;
    let own = own?;
    let mut read = ResourceType { span, cache: own.cache || sourced.cache, ..sourced };
    read.params.named.extend(own.params.named);
    type_runner::apply(&reading, read.commands_mut())?;
    Some(read)
}

/// The built-in type of that name, or `None`.
pub(super) fn load(name: &str, from: &source::From, context: &Context<'_>) -> Option<ResourceType> {
    let read =
        source::open(from, Kind::Resource, context)?.read(Kind::Resource, context, |block, reading| {
            body(name, &reading.inner(&block.body, "`resource_type`"))
        })?;
    Some(ResourceType { source: Some(from.source.clone()), ..read })
}

fn body(name: &str, reading: &Reading<'_>) -> Option<ResourceType> {
    reading.check(&GRAMMAR);
    let text = |name| reading.text(name).map(|text| text.value);
    let mut read = ResourceType {
        name: name.to_owned(),
        source: None,
        params: params::declared(reading),
        check: effective(reading, "check"),
        pull: effective(reading, "pull"),
        push: effective(reading, "push"),
        cache: reading.flag("cache").is_some_and(|flag| flag.value),
        space: text("space"),
        untrusted: text("untrusted"),
        span: None,
    };
    if reading.attribute("source").is_none() {
        type_runner::apply(reading, read.commands_mut())?;
    }
    Some(read)
}
