//! `resource "git" "app" { … }`.

use super::params::{self, Giver};
use super::reading::{Grammar, Reading};
use crate::diagnostic::Report;
use crate::duration::{Interval, parse_interval};
use crate::eval::{Value, types};
use crate::pipeline::{Resource, ResourceType};
use crate::span::Spanned;
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

const GRAMMAR: Grammar = Grammar {
    attributes: &["check_interval", "description"],
    blocks: &["params"],
    later: &["cache", "tags", "icon", "for_each", "runner", "version"],
};

/// Everything in a `params` block is a parameter.
const PARAMS: Grammar = Grammar { attributes: &[], blocks: &[], later: &[] };

/// Where a resource says nothing: once a minute.
const DEFAULT_INTERVAL_MS: u64 = 60_000;
const LEAST_INTERVAL_MS: u64 = 1_000;

/// The labels of a resource: its type and its name.
pub(super) fn labels(block: &Block, outer: &Reading<'_>) -> Option<[Spanned<String>; 2]> {
    outer.labels(block, ["type", "name"])
}

/// The resource of a block, whose type is known; `None` is one that was reported, or that could not be read.
pub(super) fn read(
    block: &Block,
    [type_name, name]: [Spanned<String>; 2],
    of: Option<&ResourceType>,
    outer: &Reading<'_>,
) -> Option<Resource> {
    let what = format!("`resource \"{}\" \"{}\"`", type_name.value, name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let given = given(&reading);
    let interval = interval(&reading);
    let of = of?;
    // One that was written as an attribute is reported, and what it would give is not missing.
    if reading.attribute("params").is_some() {
        return None;
    }
    let called = format!("the resource type `{}`", of.name);
    let giver = Giver { what: &what, of: &called, span: name.span };
    let params = params::given(&of.params, given, &giver, outer.sink);
    Some(Resource {
        type_name,
        name,
        params: params.into_iter().filter_map(|(key, value)| Some((key, value.to_text()?))).collect(),
        check_interval_ms: of.check.is_some().then_some(interval.unwrap_or(DEFAULT_INTERVAL_MS)),
        span: outer.scope.span(&block.ident)?,
    })
}

fn given(outer: &Reading<'_>) -> BTreeMap<String, Spanned<Value>> {
    let Some(block) = outer.only_block("params") else { return BTreeMap::new() };
    let what = format!("`params` of {}", outer.what);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&PARAMS);
    let values = reading.open_attributes(&PARAMS);
    values
        .filter_map(|attribute| {
            Some((attribute.key.value().to_string(), reading.value_or_placeholder(attribute)?))
        })
        .collect()
}

fn interval(reading: &Reading<'_>) -> Option<u64> {
    let text = reading.text("check_interval")?;
    let report = match parse_interval(&text) {
        Interval::Every(ms) if ms >= LEAST_INTERVAL_MS => return Some(ms),
        Interval::Every(_) => Report::error("interval", text.span, "`check_interval` is at least one second"),
        Interval::Cron => {
            Report::error("not-yet", text.span, "cron expressions are not there yet in `check_interval`")
                .hint("write an interval like \"@every 5m\" or \"@hourly\"")
        }
        Interval::Invalid => {
            let message = format!("`check_interval` is no interval: {}", types::quoted(&text));
            Report::error("interval", text.span, message)
                .hint("write it like \"@every 1m\", \"30s\" or \"@hourly\"")
        }
    };
    reading.sink.add(report);
    None
}
