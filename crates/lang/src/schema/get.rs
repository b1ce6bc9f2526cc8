//! `get "git" "app" { … }`.

use super::reading::{Grammar, Reading};
use crate::pipeline::Get;
use hcl_edit::structure::Block;

const GRAMMAR: Grammar = Grammar {
    attributes: &["trigger", "passed", "timeout"],
    blocks: &[],
    later: &[
        "finished",
        "paths",
        "dir",
        "resource",
        "version",
        "attempts",
        "backoff",
        "allow_failure",
        "for_each",
        "params",
        "on_success",
        "on_failure",
        "on_error",
        "on_cancel",
        "ensure",
    ],
};

/// The get of a block.
pub(super) fn read(block: &Block, outer: &Reading<'_>) -> Option<Get> {
    let [type_name, name] = outer.labels(block, ["type", "name"])?;
    let what = format!("`get \"{}\" \"{}\"`", type_name.value, name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    Some(Get {
        resource: format!("{}.{}", type_name.value, name.value),
        trigger: reading.flag("trigger").is_some_and(|flag| flag.value),
        passed: reading.texts("passed").unwrap_or_default(),
        timeout_ms: reading.duration("timeout"),
        span: outer.scope.span(&block.ident)?,
        name,
    })
}
