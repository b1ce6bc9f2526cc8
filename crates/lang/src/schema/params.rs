//! The parameters that a type names, and what an instance gives for them.

use super::grammar::Grammar;
use super::reading::Reading;
use crate::diagnostic::{Report, Sink, did_you_mean};
use crate::late::Late;
use crate::pipeline::{Param, Params, Values};
use crate::span::{Span, Spanned};
use std::collections::BTreeMap;

pub(super) const PARAM: Grammar =
    Grammar { attributes: &["default", "required", "description", "sensitive"], ..Grammar::EMPTY };

/// `params = ["a", "b"]` and the blocks `param "a" { … }` of a type.
pub(super) fn declared(reading: &Reading<'_>) -> Params {
    let mut named = BTreeMap::new();
    for name in reading.texts("params").unwrap_or_default() {
        named.insert(name.value, Param::default());
    }
    for block in reading.blocks("param") {
        let Some([name]) = reading.labels(block, ["parameter"]) else { continue };
        let what = format!("`param \"{}\"`", name.value);
        let inner = reading.inner(&block.body, &what);
        inner.check(&PARAM);
        let param = Param {
            default: inner.known("default"),
            required: inner.flag("required").is_some_and(|flag| flag.value),
            description: inner.text("description").map(|text| text.value),
            sensitive: inner.flag("sensitive").is_some_and(|flag| flag.value),
        };
        named.insert(name.value, param);
    }
    Params { named }
}

/// Who gives parameters to which type, for messages.
pub(super) struct Giver<'a> {
    /// `resource "git" "app"`.
    pub(super) what: &'a str,
    /// `resource type \`git\``.
    pub(super) of: &'a str,
    /// Where a missing one is reported.
    pub(super) span: Span,
}

/// What is given, and the defaults for what is not. One that the type does not name is dropped with a warning; a
/// required one that is missing is an error.
pub(super) fn given(params: &Params, mut given: Values, giver: &Giver<'_>, sink: &Sink) -> Values {
    given.retain(|name, value| {
        let known = params.is_open() || params.named.contains_key(name);
        if !known {
            let message = format!("{} does not take `{name}`, which is dropped", giver.of);
            let hint = did_you_mean(name, params.named.keys().map(String::as_str));
            sink.add(Report::warning("unknown-param", value.span, message).maybe_hint(hint));
        }
        known && !value.is_null()
    });
    for (name, param) in &params.named {
        if given.contains_key(name) {
            continue;
        }
        match &param.default {
            Some(default) => {
                given.insert(name.clone(), Spanned::new(Late::from(default.clone()), giver.span));
            }
            None if param.required => {
                let message = format!("{} needs `{name}`", giver.what);
                let description = param.description.as_ref().map(|text| format!("`{name}` is {text}"));
                sink.add(Report::error("missing-param", giver.span, message).maybe_hint(description));
            }
            None => {}
        }
    }
    given
}
