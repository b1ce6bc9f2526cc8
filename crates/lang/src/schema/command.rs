//! `check "exec" { … }`, `run "docker" { … }`: a runner, and what it is given.

use super::grammar::Grammar;
use super::reading::Reading;
use crate::pipeline::{Command, ReadyCheck};
use hcl_edit::structure::Block;

const LATER: &[&str] =
    &["attempts", "backoff", "interval", "on_success", "on_failure", "on_error", "on_cancel", "ensure"];

/// Beside these, which are about the command, every attribute is a parameter of its runner.
pub(super) const GRAMMAR: Grammar = Grammar { attributes: &["timeout"], later: LATER, ..Grammar::EMPTY };

/// The same for a command that is repeated.
pub(super) const READY_CHECK: Grammar = Grammar {
    attributes: &["timeout", "interval"],
    later: &["attempts", "backoff", "on_success", "on_failure", "on_error", "on_cancel", "ensure"],
    ..Grammar::EMPTY
};

/// The command of a block.
pub(super) fn command(block: &Block, outer: &Reading<'_>) -> Option<Command> {
    read(block, outer, &GRAMMAR)
}

fn read(block: &Block, outer: &Reading<'_>, grammar: &'static Grammar) -> Option<Command> {
    let [runner] = outer.labels(block, ["runner"])?;
    let what = format!("`{} \"{}\"`", block.ident.value(), runner.value);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(grammar);
    let mut params = reading.open_values(grammar);
    params.retain(|_, value| !value.is_null());
    Some(Command {
        runner,
        params,
        timeout_ms: reading.duration("timeout"),
        span: outer.scope.span(&block.ident)?,
    })
}

/// The command of a block of that name; an empty block does nothing, and is like none.
pub(super) fn effective(reading: &Reading<'_>, name: &'static str) -> Option<Command> {
    let block = reading.only_block(name)?;
    command(block, reading).filter(|_| !block.body.is_empty())
}

/// A command that is repeated until it succeeds.
pub(super) fn ready_check(reading: &Reading<'_>) -> Option<ReadyCheck> {
    let block = reading.only_block("ready_check")?;
    let command = read(block, reading, &READY_CHECK)?;
    let inner = reading.inner(&block.body, "`ready_check`");
    let interval_ms = inner.duration("interval").filter(|interval| *interval > 0);
    (!block.body.is_empty()).then_some(ReadyCheck { command, interval_ms })
}
