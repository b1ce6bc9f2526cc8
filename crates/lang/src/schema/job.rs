//! `job "test" { … }`.

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
        "serial_groups",
        "tags",
        "interruptible",
        "on_worker_loss",
        "disable_retry",
        "untrusted",
    ],
    blocks: &["service"],
    later: &[
        "approve",
        "input",
        "matrix",
        "env",
        "runner",
        "on_trigger",
        "dir",
        "group",
        "for_each",
        "max_in_flight",
        "output",
    ],
    also: &[&step::STEPS, &HOOKS],
};

/// The job of a block.
pub(super) fn read(
    block: &Block,
    outer: &Reading<'_>,
    types: &mut Types,
    context: &Context<'_>,
) -> Option<Job> {
    let [name] = outer.labels(block, ["job"])?;
    let what = format!("`job \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let mut all = BTreeSet::new();
    collect(&block.body, &mut all);
    let table = Table::new(all);
    let names = |position| JobNames { outer: outer.scope.names, table: &table, position };
    let (service_names, step_names, hook_names) =
        (names(Position::Service), names(Position::Step), names(Position::Hook));
    let scoped = |names| Scope { names, ..*outer.scope };
    let (service_scope, step_scope, hook_scope) =
        (scoped(&service_names), scoped(&step_names), scoped(&hook_names));
    let services = service::read_all(&Reading { scope: &service_scope, ..reading }, &table, types, context);
    let place = Place {
        table: &table,
        hook_scope: &hook_scope,
        in_hook: false,
        in_parallel: false,
        in_if: false,
        depth: 0,
    };
    let steps = step::read_all(&Reading { scope: &step_scope, ..reading }, place);
    let hooks = hooks::read(&reading, place);
    let span = outer.scope.span(&block.ident)?;
    Some(Job {
        description: reading.text("description").map(|text| text.value),
        timeout_ms: reading.duration("timeout"),
        services,
        steps,
        hooks,
        allow_failure: reading.flag("allow_failure").is_some_and(|flag| flag.value),
        scheduling: scheduling::read(&reading, span),
        span,
        name,
    })
}

/// The gets, tasks and services in a body, however deep.
fn collect(body: &Body, all: &mut BTreeSet<(&'static str, String)>) {
    for block in body.blocks() {
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
