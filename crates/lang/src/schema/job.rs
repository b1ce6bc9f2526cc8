//! `job "test" { … }`.

use super::job_names::{JobNames, Position, Table};
use super::reading::{Grammar, Reading};
use super::step::{self, HOOKS, Place};
use super::top::Context;
use super::types::Types;
use super::{hooks, service};
use crate::diagnostic::{Report, closest, did_you_mean};
use crate::eval::scope::Scope;
use crate::eval::{Value, types};
use crate::pipeline::{Interruptible, Job, OnWorkerLoss};
use crate::span::Spanned;
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
        "untrusted",
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
        concurrency: reading.count("concurrency").map_or(0, |count| count.value),
        serial_groups: serial_groups(&reading),
        tags: reading.texts("tags").unwrap_or_default().into_iter().map(|tag| tag.value).collect(),
        interruptible: interruptible(&reading).unwrap_or(Spanned::new(Interruptible::Never, span)),
        on_worker_loss: on_worker_loss(&reading).unwrap_or_default(),
        disable_retry: reading.flag("disable_retry").is_some_and(|flag| flag.value),
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

/// Names of groups; `team/x` is shared by all pipelines of the team.
fn serial_groups(reading: &Reading<'_>) -> Vec<Spanned<String>> {
    let groups = reading.texts("serial_groups").unwrap_or_default();
    let good = |group: Spanned<String>| {
        let own = group.strip_prefix("team/").unwrap_or(&group).to_owned();
        reading.name(&own, "serial group", group.span).map(|_| group)
    };
    groups.into_iter().filter_map(good).collect()
}

fn interruptible(reading: &Reading<'_>) -> Option<Spanned<Interruptible>> {
    let value = reading.value("interruptible")?;
    let read = match &value.value {
        Value::Null => return None,
        Value::String(text) if &**text == "waiting" => Interruptible::Waiting,
        other => match types::to_bool(other) {
            Ok(true) => Interruptible::Always,
            Ok(false) => Interruptible::Never,
            Err(_) => {
                let report =
                    Report::error("value", value.span, "`interruptible` is `true`, `false` or \"waiting\"");
                let hint = other.as_str().and_then(|text| closest(text, ["waiting"]));
                reading.sink.add(report.maybe_hint(hint.map(|word| format!("did you mean \"{word}\"?"))));
                return None;
            }
        },
    };
    Some(Spanned::new(read, value.span))
}

fn on_worker_loss(reading: &Reading<'_>) -> Option<OnWorkerLoss> {
    let text = reading.text("on_worker_loss")?;
    match text.as_str() {
        "error" => Some(OnWorkerLoss::Error),
        "retry" => Some(OnWorkerLoss::Retry),
        other => {
            let report = Report::error("value", text.span, "`on_worker_loss` is \"error\" or \"retry\"");
            reading.sink.add(report.maybe_hint(did_you_mean(other, ["error", "retry"])));
            None
        }
    }
}

/// A name as part of the name of a variable: upper case, `_` for what is no letter and no digit.
pub(crate) fn env_name(name: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}
