//! The steps of a job, a file per kind.

mod branches;
mod get;
mod group;
mod put;
mod task;

use super::each::{self, EachNames, Instance};
use super::grammar::Grammar;
use super::hooks;
use super::job_names::Table;
use super::reading::Reading;
use crate::diagnostic::Report;
use crate::eval::scope::Scope;
use crate::pipeline::{Action, Step, StepOptions};
use crate::span::{Span, Spanned};
use hcl_edit::structure::{Block, Structure};
use std::rc::Rc;

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
    attributes: &["timeout", "attempts", "backoff", "allow_failure", "for_each"],
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
    /// The instance that is read, of the step itself.
    pub(super) each: Option<&'a Instance>,
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
        Some(Self { depth: self.depth + 1, each: None, ..self })
    }

    /// The name of a step that the block calls `label`.
    fn name(self, label: &Spanned<String>, reading: &Reading<'_>) -> Option<Spanned<String>> {
        self.each.map_or(Some(label.clone()), |each| each.name(label, reading))
    }
}

/// The steps of a body, in written order.
pub(super) fn read_all(reading: &Reading<'_>, place: Place<'_>) -> Vec<Step> {
    written(reading).filter_map(|written| written.read(reading, place)).collect()
}

/// A step as it is written: a block, or an `if` with what follows it; and the instance as which it is read.
struct Written<'a> {
    blocks: Rc<[&'a Block]>,
    each: Option<Instance>,
}

/// The steps of a body, in written order, those with `for_each` once for each instance.
fn written<'a>(reading: &Reading<'a>) -> impl Iterator<Item = Written<'a>> + use<'a> {
    let mut chains: Vec<Vec<&Block>> = Vec::new();
    for block in blocks(reading) {
        let continues = matches!(block.ident.value().as_str(), "else_if" | "else");
        match chains.last_mut().filter(|chain| continues && chain[0].ident.value().as_str() == "if") {
            Some(chain) => chain.push(block),
            None => chains.push(vec![block]),
        }
    }
    let reading = *reading;
    chains.into_iter().flat_map(move |chain| {
        let blocks: Rc<[&Block]> = chain.into();
        let instances = each::instances(blocks[0], &reading);
        instances.into_iter().map(move |each| Written { blocks: Rc::clone(&blocks), each })
    })
}

impl Written<'_> {
    fn read(&self, reading: &Reading<'_>, place: Place<'_>) -> Option<Step> {
        let each = self.each.as_ref();
        let names = EachNames::of(reading.scope, each);
        let hook_names = EachNames::of(place.hook_scope, each);
        let scope = Scope { names: &names, ..*reading.scope };
        let hook_scope = Scope { names: &hook_names, ..*place.hook_scope };
        let place = Place { hook_scope: &hook_scope, each, ..place };
        let reading = Reading { scope: &scope, ..*reading };
        match self.blocks[0].ident.value().as_str() {
            "if" => branches::read(&self.blocks, &reading, place),
            _ => one(self.blocks[0], &reading, place),
        }
    }
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
