//! `job "test" { … }`.

use super::each::{self, EachNames, Instance};
use super::grammar::Grammar;
use super::job_names::{JobNames, Position, Table};
use super::reading::Reading;
use super::step::{self, HOOKS, Place};
use super::top::Context;
use super::types::Types;
use super::{hooks, scheduling, service};
use crate::eval::scope::Scope;
use crate::pipeline::Job;
use hcl_edit::structure::{Block, Body};
use std::collections::BTreeSet;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &[
        "description",
        "timeout",
        "allow_failure",
        "concurrency",
        "max_in_flight",
        "for_each",
        "serial_groups",
        "tags",
        "interruptible",
        "on_worker_loss",
        "disable_retry",
        "untrusted",
    ],
    blocks: &["service", "matrix"],
    later: &["approve", "input", "env", "runner", "on_trigger", "dir", "group", "output"],
    also: &[&step::STEPS, &HOOKS],
};

/// The job of a block, or its instances.
pub(super) fn read_all(
    block: &Block,
    outer: &Reading<'_>,
    types: &mut Types,
    context: &Context<'_>,
) -> Vec<Job> {
    let instances = each::instances(block, outer);
    instances.iter().filter_map(|each| read(block, each.as_ref(), outer, types, context)).collect()
}

fn read(
    block: &Block,
    each: Option<&Instance>,
    outer: &Reading<'_>,
    types: &mut Types,
    context: &Context<'_>,
) -> Option<Job> {
    let [label] = outer.labels(block, ["job"])?;
    let name = each.map_or(Some(label.clone()), |each| each.name(&label, outer))?;
    let what = format!("`job \"{}\"`", label.value);
    let each_names = EachNames::of(outer.scope, each);
    let each_scope = Scope { names: &each_names, ..*outer.scope };
    let reading = Reading { scope: &each_scope, ..outer.inner(&block.body, &what) };
    reading.check(&GRAMMAR);
    let mut all = BTreeSet::new();
    collect(&block.body, &mut all);
    let table = Table::new(all);
    let names = |position| JobNames { outer: &each_names, table: &table, position };
    let (service_names, step_names, hook_names) =
        (names(Position::Service), names(Position::Step), names(Position::Hook));
    let scoped = |names| Scope { names, ..*outer.scope };
    let (service_scope, step_scope, hook_scope) =
        (scoped(&service_names), scoped(&step_names), scoped(&hook_names));
    let services = service::read_all(&Reading { scope: &service_scope, ..reading }, &table, types, context);
    let place = Place {
        table: &table,
        hook_scope: &hook_scope,
        each: None,
        in_hook: false,
        in_parallel: false,
        in_if: false,
        depth: 0,
    };
    let steps = step::read_all(&Reading { scope: &step_scope, ..reading }, place);
    let hooks = hooks::read(&reading, place);
    let span = outer.scope.span(&block.ident)?;
    Some(Job {
        instance_of: each.map(|_| label.value),
        description: reading.text("description").map(|text| text.value),
        timeout_ms: reading.duration("timeout"),
        services,
        steps,
        hooks,
        allow_failure: reading.flag("allow_failure").is_some_and(|flag| flag.value),
        scheduling: scheduling::read(&reading, outer, span),
        span,
        name,
    })
}

/// The gets, tasks and services in a body, however deep; but for instances, whose names are not written.
fn collect(body: &Body, all: &mut BTreeSet<(&'static str, String)>) {
    for block in body.blocks().filter(|block| !block.body.has_attribute("for_each")) {
        let name = match (block.ident.value().as_str(), block.labels.as_slice()) {
            ("get", [_, name]) => Some(("get", name)),
            ("task", [name]) => Some(("task", name)),
            ("service", [.., name]) => Some(("service", name)),
            _ => None,
        };
        all.extend(name.map(|(root, name)| (root, name.as_str().to_owned())));
        collect(&block.body, all);
    }
}

/// A name as part of the name of a variable: upper case, `_` for what is no letter and no digit.
pub(crate) fn env_name(name: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}
