//! `secret_type "vault" { … }`.

use super::command::effective;
use super::grammar::Grammar;
use super::params::Giver;
use super::reading::Reading;
use super::top::Context;
use super::{params, source, type_runner};
use crate::builtin::Kind;
use crate::diagnostic::Report;
use crate::pipeline::{SecretType, Values};
use crate::span::Span;
use hcl_edit::structure::Block;

/// Every other attribute is configuration.
pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["source", "checksum", "params", "description"],
    blocks: &["get", "param", "runner"],
    later: &["cache", "tags", "timeout"],
    ..Grammar::EMPTY
};

/// The type that a block of the pipeline declares.
pub(super) fn declared(block: &Block, outer: &Reading<'_>, context: &Context<'_>) -> Option<SecretType> {
    let [name] = outer.labels(block, ["secret type"])?;
    let what = format!("`secret_type \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    let own = body(&name, &reading);
    let span = outer.scope.span(&block.ident)?;
    let mut read = match source::of(&reading, &["get"]) {
        None => own?,
        Some(from) => {
            let mut sourced = load(&name, &from, context)?;
            let own = own?;
            sourced.params.named.extend(own.params.named);
            type_runner::apply(&reading, sourced.get.iter_mut())?;
            SecretType { config: own.config, ..sourced }
        }
    };
    if read.get.is_none() {
        let report = Report::error("missing-block", span, format!("{what} has no `get`"));
        reading.sink.add(report.hint("`get \"exec\" { … }` prints a JSON object as its last line"));
    }
    let config = std::mem::take(&mut read.config);
    Some(SecretType { config: configured(&read, config, span, &reading), span: Some(span), ..read })
}

/// The type of a source, with the defaults of its configuration.
pub(super) fn load(name: &str, from: &source::From, context: &Context<'_>) -> Option<SecretType> {
    let read = source::open(from, Kind::Secret, context)?.read(Kind::Secret, context, |block, reading| {
        body(name, &reading.inner(&block.body, "`secret_type`"))
    })?;
    Some(SecretType { source: Some(from.source.clone()), ..read })
}

/// The built-in type of that name, configured by nothing.
pub(super) fn built_in(name: &str, from: &source::From, context: &Context<'_>) -> Option<SecretType> {
    let read = load(name, from, context)?;
    let named = read.params.named.iter();
    let defaults = named.filter_map(|(name, param)| {
        Some((name.clone(), crate::span::Spanned::new(param.default.clone()?.into(), from.span)))
    });
    Some(SecretType { config: defaults.collect(), ..read })
}

fn configured(of: &SecretType, config: Values, span: Span, reading: &Reading<'_>) -> Values {
    let called = format!("the secret type `{}`", of.name);
    params::given(&of.params, config, &Giver { what: reading.what, of: &called, span }, reading.sink)
}

fn body(name: &str, reading: &Reading<'_>) -> Option<SecretType> {
    reading.check_open(&GRAMMAR);
    let mut read = SecretType {
        name: name.to_owned(),
        source: None,
        params: params::declared(reading),
        config: reading.open_values(&GRAMMAR),
        get: effective(reading, "get"),
        span: None,
    };
    if reading.attribute("source").is_none() {
        type_runner::apply(reading, read.get.iter_mut())?;
    }
    Some(read)
}
