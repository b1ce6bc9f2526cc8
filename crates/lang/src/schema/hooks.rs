//! `on_failure { … }`, `ensure "shell" { … }`: what follows when a step or a job is over.

use super::command;
use super::grammar::Grammar;
use super::reading::Reading;
use super::step::{self, Place};
use crate::pipeline::{Action, Hooks, Step, StepOptions};
use crate::span::Spanned;
use hcl_edit::structure::Block;

/// What a hook without a label holds: steps of every kind but `get`.
pub(super) const GRAMMAR: Grammar = Grammar {
    blocks: &["task", "put", "in_parallel", "do", "if", "else_if", "else"],
    later: &["notify"],
    ..Grammar::EMPTY
};

/// The hooks of a body.
pub(super) fn read(reading: &Reading<'_>, place: Place<'_>) -> Hooks {
    let reading = Reading { scope: place.hook_scope, ..*reading };
    let read = |name| reading.blocks(name).filter_map(|block| hook(name, block, &reading, place)).collect();
    Hooks {
        on_success: read("on_success"),
        on_failure: read("on_failure"),
        on_error: read("on_error"),
        on_cancel: read("on_cancel"),
        ensure: read("ensure"),
    }
}

fn hook(name: &'static str, block: &Block, reading: &Reading<'_>, place: Place<'_>) -> Option<Step> {
    let span = reading.scope.span(&block.ident)?;
    let name = Spanned::new(name.to_owned(), span);
    if !block.labels.is_empty() {
        let command = command::command(block, reading)?;
        let options = StepOptions { timeout_ms: command.timeout_ms, ..StepOptions::default() };
        return Some(Step { name, action: Action::Hook(command), options });
    }
    let what = format!("`{}` of {}", name.value, reading.what);
    let inner = reading.inner(&block.body, &what);
    inner.check(&GRAMMAR);
    let place = place.deeper(&inner, span)?;
    let steps = step::read_all(&inner, Place { in_hook: true, in_parallel: false, in_if: false, ..place });
    Some(Step { name, action: Action::Do(steps), options: StepOptions::default() })
}
