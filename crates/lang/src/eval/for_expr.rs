//! `for` expressions, and the walk over a collection that directives share.

use super::collection::key_text;
use super::error::{EvalError, EvalResult};
use super::scope::{Bound, Scope};
use super::value::Value;
use super::{eval, types};
use hcl_edit::expr::{Expression, ForExpr};
use std::collections::BTreeMap;

pub(super) fn evaluate(expr: &ForExpr, scope: &Scope<'_>) -> EvalResult {
    match &expr.key_expr {
        Some(key) => map(expr, key, scope),
        None => list(expr, scope),
    }
}

fn list(expr: &ForExpr, scope: &Scope<'_>) -> EvalResult {
    let mut items = Vec::new();
    each(expr, scope, |scope| {
        items.push(eval(&expr.value_expr, scope)?);
        Ok(())
    })?;
    scope.budget.admit(Value::list(items))
}

fn map(expr: &ForExpr, key_expr: &Expression, scope: &Scope<'_>) -> EvalResult {
    let mut items: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    each(expr, scope, |scope| {
        let key = key_text(&eval(key_expr, scope)?).map_err(|error| error.at(scope.span(key_expr)))?;
        let value = eval(&expr.value_expr, scope)?;
        scope.budget.spend(key.len() as u64 / 32)?;
        let group = items.entry(key).or_default();
        group.push(value);
        Ok(())
    })?;
    let finish = |(key, mut group): (String, Vec<Value>)| match (expr.grouping, group.len()) {
        (true, _) => Ok((key, Value::list(group))),
        (false, 1) => Ok((key, group.pop().unwrap_or(Value::Null))),
        (false, _) => Err(EvalError::new(format!("this `for` makes the key {} twice", types::quoted(&key)))
            .hint("write `…` (three dots) after the value to collect the values of equal keys")),
    };
    let items = items.into_iter().map(finish).collect::<Result<_, _>>()?;
    scope.budget.admit(Value::map(items))
}

/// Calls `body` for each element that the condition lets through.
fn each(
    expr: &ForExpr,
    scope: &Scope<'_>,
    mut body: impl FnMut(&Scope<'_>) -> EvalResult<()>,
) -> EvalResult<()> {
    let collection = eval(&expr.intro.collection_expr, scope)?;
    let key = expr.intro.key_var.as_ref().map(|name| name.value().as_str());
    let place = scope.span(&expr.intro.collection_expr);
    walk(&collection, key, expr.intro.value_var.value().as_str(), scope, |scope| {
        if let Some(condition) = &expr.cond {
            let value = eval(&condition.expr, scope)?;
            if !types::to_bool(&value).map_err(|error| error.at(scope.span(&condition.expr)))? {
                return Ok(());
            }
        }
        body(scope)
    })
    .map_err(|error| error.at(place))
}

/// Calls `body` for each element of a list or map, with its key (or index) and value bound.
pub(super) fn walk(
    collection: &Value,
    key_name: Option<&str>,
    value_name: &str,
    scope: &Scope<'_>,
    mut body: impl FnMut(&Scope<'_>) -> EvalResult<()>,
) -> EvalResult<()> {
    let mut visit = |key: Value, value: &Value| {
        scope.budget.spend(1)?;
        let value = Bound { name: value_name, value: value.clone(), outer: scope.bound };
        match key_name {
            None => body(&Scope { bound: Some(&value), ..*scope }),
            Some(name) => {
                let key = Bound { name, value: key, outer: Some(&value) };
                body(&Scope { bound: Some(&key), ..*scope })
            }
        }
    };
    match collection {
        Value::List(list) => {
            list.items().iter().enumerate().try_for_each(|(at, item)| visit(Value::whole(at as i128), item))
        }
        Value::Map(map) => map.entries().iter().try_for_each(|(key, item)| visit(Value::string(key), item)),
        Value::Late(late) => {
            let why = types::unknown_yet(late).message;
            Err(EvalError::new(format!("`for` walks over what is known when the pipeline is loaded: {why}")))
        }
        other => {
            Err(EvalError::new(format!("`for` walks over a list or a map, and this is {}", other.kind())))
        }
    }
}
