//! `secret "vault" { … }` of a variable, and where the values of secrets come from.

use super::grammar::Grammar;
use super::reading::Reading;
use super::top::Context;
use super::types::Types;
use super::variable::Declared;
use crate::diagnostic::Report;
use crate::eval::scope::Names;
use crate::late::Late;
use crate::pipeline::{SecretFetch, SecretSource, SecretType};
use crate::span::Spanned;
use hcl_edit::structure::Block;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const GRAMMAR: Grammar = Grammar { attributes: &["path", "key"], ..Grammar::EMPTY };

/// Where the value of each secret variable comes from.
pub(super) fn read_all(
    declared: &[Declared<'_>],
    names: &dyn Names,
    types: &mut Types,
    context: &Context<'_>,
) -> BTreeMap<String, SecretSource> {
    let mut secrets = BTreeMap::new();
    for variable in declared.iter().filter(|variable| variable.info.is_secret) {
        let fetch = variable.secret.and_then(|block| read(block, variable, names, types, context));
        let source = match (variable.given_secret(), variable.secret, fetch) {
            (Some(_), ..) | (None, None, _) => Some(SecretSource::Given),
            (None, Some(_), fetch) => fetch.map(|fetch| SecretSource::Fetched(Box::new(fetch))),
        };
        secrets.extend(source.map(|source| (variable.name.value.clone(), source)));
    }
    cycle(&secrets, types, context);
    secrets
}

fn read(
    block: &Block,
    variable: &Declared<'_>,
    names: &dyn Names,
    types: &mut Types,
    context: &Context<'_>,
) -> Option<SecretFetch> {
    let scope = context.scope(variable.file, names);
    let outer = Reading { body: &block.body, what: "a variable", scope: &scope, sink: context.sink };
    let [type_name] = outer.labels(block, ["secret type"])?;
    let what = format!("`secret` of `variable \"{}\"`", variable.name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let (path, key) = (reading.late("path"), reading.late("key"));
    let of = types.secret(&type_name, context)?;
    let span = outer.scope.span(&block.ident)?;
    if path.is_none()
        && of.params.named.get("path").is_some_and(|param| param.required)
        && !of.config.contains_key("path")
    {
        context.sink.add(Report::error("missing-attribute", span, format!("{what} needs `path`")));
    }
    Some(SecretFetch { type_name, path, key, value_type: variable.info.type_name.clone(), span })
}

/// The secrets that fetching one needs.
fn needs<'a>(fetch: &'a SecretFetch, types: &'a BTreeMap<String, Option<SecretType>>) -> BTreeSet<&'a str> {
    let of = types.get(fetch.type_name.as_str()).and_then(Option::as_ref);
    let config = of
        .into_iter()
        .flat_map(|of| of.config.values().chain(of.get.iter().flat_map(|get| get.params.values())));
    let all = config.chain(&fetch.path).chain(&fetch.key);
    all.flat_map(|late: &Spanned<Late>| late.value.secrets()).collect()
}

/// Reports secrets that need each other to be fetched.
fn cycle(secrets: &BTreeMap<String, SecretSource>, types: &Types, context: &Context<'_>) {
    let mut done = BTreeSet::new();
    for start in secrets.keys() {
        let mut path = Vec::new();
        if let Some((cycle, at)) = follow(start, secrets, types, &mut path, &mut done) {
            let shown: Vec<_> = cycle.iter().map(|name| format!("var.{name}")).collect();
            let message = format!("these secrets need each other to be fetched: {}", shown.join(" → "));
            return context.sink.add(Report::error("secret-cycle", at.span, message));
        }
    }
}

/// The names of a cycle, the first one again at its end, and the secret it begins with.
fn follow<'a>(
    name: &'a str,
    secrets: &'a BTreeMap<String, SecretSource>,
    types: &'a Types,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<(Vec<&'a str>, &'a SecretFetch)> {
    let SecretSource::Fetched(fetch) = secrets.get(name)? else { return None };
    if let Some(begin) = path.iter().position(|open| *open == name) {
        let cycle = path[begin..].iter().chain([&name]).copied().collect();
        return Some((cycle, fetch));
    }
    if !done.insert(name) {
        return None;
    }
    path.push(name);
    let found =
        needs(fetch, &types.secrets).into_iter().find_map(|next| follow(next, secrets, types, path, done));
    path.pop();
    found
}
