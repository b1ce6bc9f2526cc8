//! The steps of a job, a file per kind.

mod branches;
mod get;
mod group;
mod put;
mod task;

use super::grammar::Grammar;
use super::hooks;
use super::job_names::Table;
use super::reading::Reading;
use crate::diagnostic::Report;
use crate::eval::scope::Scope;
use crate::pipeline::{Action, Step, StepOptions};
use crate::span::{Span, Spanned};
use hcl_edit::structure::{Block, Structure};

/// The grammars of steps by the word that begins one.
#[cfg(test)]
pub(super) fn grammars() -> Vec<(&'static str, &'static Grammar)> {
    vec![
        ("get", &get::GRAMMAR),
        ("task", &task::GRAMMAR),
        ("put", &put::GRAMMAR),
        ("in_parallel", &group::IN_PARALLEL),
        ("do", &group::DO),
        ("if", &branches::IF),
    ]
}

/// Blocks that are steps.
pub(super) const STEPS: Grammar = Grammar {
    blocks: &["get", "task", "put", "in_parallel", "do", "if", "else_if", "else"],
    later: &["notify"],
    ..Grammar::EMPTY
};

/// Hooks of a step or a job.
pub(super) const HOOKS: Grammar =
    Grammar { blocks: &["on_success", "on_failure", "on_error", "on_cancel", "ensure"], ..Grammar::EMPTY };

/// What every step takes.
pub(super) const OPTIONS: Grammar = Grammar {
    attributes: &["timeout", "attempts", "backoff", "allow_failure"],
    later: &["for_each"],
    also: &[&HOOKS],
    ..Grammar::EMPTY
};

/// How deep steps may stand in each other.
const MOST_DEEP: u32 = 8;

/// Where steps stand.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) table: &'a Table,
    /// The scope of hooks.
    pub(super) hook_scope: &'a Scope<'a>,
    pub(super) in_hook: bool,
    pub(super) in_parallel: bool,
    pub(super) in_if: bool,
    pub(super) depth: u32,
}

impl Place<'_> {
    /// A place within this one; `None` where it would be too deep, which is reported.
    pub(super) fn deeper(self, reading: &Reading<'_>, span: Span) -> Option<Self> {
        if self.depth >= MOST_DEEP {
            let message = format!("steps stand at most {MOST_DEEP} deep in each other");
            reading.sink.add(Report::error("too-deep", span, message));
            return None;
        }
        Some(Self { depth: self.depth + 1, ..self })
    }
}

/// The steps of a body, in written order.
pub(super) fn read_all(reading: &Reading<'_>, place: Place<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut blocks = blocks(reading).peekable();
    while let Some(block) = blocks.next() {
        if block.ident.value().as_str() != "if" {
            steps.extend(one(block, reading, place));
            continue;
        }
        let mut chain = vec![block];
        while let Some(next) =
            blocks.next_if(|next| matches!(next.ident.value().as_str(), "else_if" | "else"))
        {
            chain.push(next);
        }
        steps.extend(branches::read(&chain, reading, place));
    }
    steps
}

/// The blocks of a body that are steps.
fn blocks<'a>(reading: &Reading<'a>) -> impl Iterator<Item = &'a Block> + use<'a> {
    let blocks = reading.body.iter().filter_map(Structure::as_block);
    blocks.filter(|block| STEPS.has_block(block.ident.value().as_str()))
}

fn one(block: &Block, reading: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    match block.ident.value().as_str() {
        "get" if !place.in_hook => get::read(block, reading, place),
        "task" => task::read(block, reading, place),
        "put" => put::read(block, reading, place),
        "in_parallel" => group::in_parallel(block, reading, place),
        "do" => group::one_after_the_other(block, reading, place),
        "else" | "else_if" => {
            let name = block.ident.value();
            let message = format!("`{name}` follows no `if`");
            let report = Report::error("else-without-if", reading.scope.span(&block.ident), message);
            reading.sink.add(report.hint("write it right after the `if` or `else_if` that it belongs to"));
            None
        }
        _ => None,
    }
}

/// A step of that name and action, with the options that its body gives.
fn finish(name: Spanned<String>, action: Action, reading: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let hook_place = match HOOKS.blocks.iter().any(|name| reading.body.has_blocks(name)) {
        true => place.deeper(reading, name.span)?,
        false => place,
    };
    let options = StepOptions {
        timeout_ms: reading.duration("timeout"),
        attempts: reading.count("attempts").map_or(0, |count| count.value),
        backoff_ms: reading.duration("backoff"),
        allow_failure: reading.flag("allow_failure").is_some_and(|flag| flag.value),
        hooks: hooks::read(reading, hook_place),
    };
    Some(Step { name, action, options })
}
