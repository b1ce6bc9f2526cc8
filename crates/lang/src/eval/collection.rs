//! `[…]` and `{…}`.

use super::error::{EvalError, EvalResult};
use super::scope::Scope;
use super::value::Value;
use super::{eval, types};
use hcl_edit::expr::{Array, Object, ObjectKey};
use std::collections::BTreeMap;

pub(super) fn array(array: &Array, scope: &Scope<'_>) -> EvalResult {
    let items = array.iter().map(|item| eval(item, scope)).collect::<Result<_, _>>()?;
    scope.budget.admit(Value::list(items))
}

/// A key given twice takes the last value.
pub(super) fn object(object: &Object, scope: &Scope<'_>) -> EvalResult {
    let mut items = BTreeMap::new();
    for (key, value) in object {
        items.insert(object_key(key, scope)?, eval(value.expr(), scope)?);
    }
    scope.budget.admit(Value::map(items))
}

fn object_key(key: &ObjectKey, scope: &Scope<'_>) -> EvalResult<String> {
    match key {
        ObjectKey::Ident(name) => Ok(name.value().to_string()),
        ObjectKey::Expression(expr) => {
            key_text(&eval(expr, scope)?).map_err(|error| error.at(scope.span(expr)))
        }
    }
}

/// A value as the key of a map.
pub(super) fn key_text(value: &Value) -> EvalResult<String> {
    match value {
        Value::Null => Err(EvalError::new("a key cannot be null")),
        value => types::to_string(value)
            .map_err(|error| EvalError { message: format!("a key: {}", error.message), ..error }),
    }
}
