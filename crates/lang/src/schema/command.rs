//! `check "exec" { … }`, `run "docker" { … }`: a runner, and what it is given.

use super::reading::{Grammar, Reading};
use crate::pipeline::Command;
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

/// Beside these, which are about the command, every attribute is a parameter of its runner.
const GRAMMAR: Grammar = Grammar {
    attributes: &["timeout"],
    blocks: &[],
    later: &[
        "attempts",
        "backoff",
        "interval",
        "on_success",
        "on_failure",
        "on_error",
        "on_cancel",
        "ensure",
    ],
};

/// The command of a block.
pub(super) fn command(block: &Block, outer: &Reading<'_>) -> Option<Command> {
    let [runner] = outer.labels(block, ["runner"])?;
    let what = format!("`{} \"{}\"`", block.ident.value(), runner.value);
    let reading = outer.inner(&block.body, &what);
    reading.check_open(&GRAMMAR);
    let mut params = BTreeMap::new();
    for attribute in reading.open_attributes(&GRAMMAR) {
        let value = reading.value_or_placeholder(attribute);
        if let Some(value) = value.filter(|value| !value.is_null()) {
            params.insert(attribute.key.value().to_string(), value);
        }
    }
    Some(Command {
        runner,
        params,
        timeout_ms: reading.duration("timeout"),
        span: outer.scope.span(&block.ident)?,
    })
}
