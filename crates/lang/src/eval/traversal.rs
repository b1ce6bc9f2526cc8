//! `a.b`, `a[0]`, `a[*].b`.

use super::error::{EvalError, EvalResult};
use super::scope::Scope;
use super::value::Value;
use super::{eval, types, unknown_name};
use crate::diagnostic::did_you_mean;
use crate::late::Late;
use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

type Operators<'a> = &'a [Decorated<TraversalOperator>];

pub(super) fn traverse(traversal: &Traversal, scope: &Scope<'_>) -> EvalResult {
    let (value, rest) = root(traversal, scope)?;
    apply(value, rest, scope)
}

/// The value that the traversal begins with, and the operators that remain.
fn root<'a>(traversal: &'a Traversal, scope: &Scope<'_>) -> EvalResult<(Value, Operators<'a>)> {
    let operators = traversal.operators.as_slice();
    let Expression::Variable(name) = &traversal.expr else {
        return Ok((eval(&traversal.expr, scope)?, operators));
    };
    if let Some(value) = scope.bound(name.value()) {
        return Ok((value.clone(), operators));
    }
    if let Some(count) = scope.names.late_keys(name.value()) {
        return late_root(traversal, name.value(), count, scope);
    }
    if let [first, rest @ ..] = operators
        && let TraversalOperator::GetAttr(key) = first.value()
    {
        let member = scope.names.member(name.value(), key.value());
        let member = member.unwrap_or_else(|| Err(unknown_name(name.value(), scope)));
        return Ok((member.map_err(|error| error.at(scope.span(traversal)))?, rest));
    }
    Ok((eval(&traversal.expr, scope)?, operators))
}

/// `get.app.ref`, `get["a.b"].ref`: so many keys make one value that only a build knows.
fn late_root<'a>(
    traversal: &'a Traversal,
    root: &str,
    count: usize,
    scope: &Scope<'_>,
) -> EvalResult<(Value, Operators<'a>)> {
    let (keys, rest) = traversal.operators.split_at(count.min(traversal.operators.len()));
    let keys = keys.iter().map(|key| key_of(key, scope)).collect::<Result<Vec<_>, _>>()?;
    let value = scope.names.late(root, &keys).map_err(|error| error.at(scope.span(traversal)))?;
    Ok((scope.budget.admit(value)?, rest))
}

fn key_of(operator: &Decorated<TraversalOperator>, scope: &Scope<'_>) -> EvalResult<String> {
    match operator.value() {
        TraversalOperator::GetAttr(key) => Ok(key.value().to_string()),
        TraversalOperator::LegacyIndex(at) => Ok(at.value().to_string()),
        TraversalOperator::Index(key) => {
            types::to_string(&eval(key, scope)?).map_err(|error| error.at(scope.span(key)))
        }
        TraversalOperator::FullSplat(_) | TraversalOperator::AttrSplat(_) => {
            Err(EvalError::new("`[*]` cannot stand here").at(scope.span(operator)))
        }
    }
}

fn apply(mut value: Value, mut operators: Operators<'_>, scope: &Scope<'_>) -> EvalResult {
    while let [operator, rest @ ..] = operators {
        scope.budget.spend(1)?;
        let place = scope.span(operator);
        (value, operators) = match operator.value() {
            TraversalOperator::GetAttr(key) => {
                (member(&value, key.value().as_str(), scope).map_err(|e| e.at(place))?, rest)
            }
            TraversalOperator::LegacyIndex(at) => {
                let at = Value::whole(i128::from(*at.value()));
                (element(&value, at, scope).map_err(|e| e.at(place))?, rest)
            }
            TraversalOperator::Index(key) => {
                let at = eval(key, scope)?;
                (element(&value, at, scope).map_err(|error| error.at(scope.span(key)))?, rest)
            }
            TraversalOperator::FullSplat(_) => (splat(&value, rest, scope)?, &[][..]),
            TraversalOperator::AttrSplat(_) => {
                let reach =
                    rest.iter().take_while(|op| matches!(op.value(), TraversalOperator::GetAttr(_))).count();
                (splat(&value, &rest[..reach], scope)?, &rest[reach..])
            }
        };
    }
    Ok(value)
}

/// `value.key`, also of what is late.
fn member(value: &Value, key: &str, scope: &Scope<'_>) -> EvalResult {
    match value {
        Value::Late(_) => element(value, Value::string(key), scope),
        _ => attribute(value, key),
    }
}

/// `value[key]`, also where one of them is late.
fn element(value: &Value, key: Value, scope: &Scope<'_>) -> EvalResult {
    if !matches!(value, Value::Late(_)) && !key.has_late() {
        return index(value, &key);
    }
    let late = Late::Index { of: Box::new(value.clone().into()), key: Box::new(key.into()) };
    scope.budget.admit(late.into_value())
}

/// The operators applied to each element. What is no list counts as a list of one, `null` as none.
fn splat(value: &Value, operators: Operators<'_>, scope: &Scope<'_>) -> EvalResult {
    let items = match value {
        Value::Null => &[],
        Value::List(list) => list.items(),
        Value::Late(late) => {
            return Err(EvalError::new(format!("`[*]`: {}", types::unknown_yet(late).message)));
        }
        other => std::slice::from_ref(other),
    };
    let items = items.iter().map(|item| apply(item.clone(), operators, scope));
    let items = items.collect::<Result<_, _>>()?;
    scope.budget.admit(Value::list(items))
}

/// `value.key`.
pub(super) fn attribute(value: &Value, key: &str) -> EvalResult {
    match value {
        Value::Map(map) => map.entries().get(key).cloned().ok_or_else(|| {
            EvalError::new(format!("there is no key `{key}` in this map"))
                .maybe_hint(did_you_mean(key, map.entries().keys().map(String::as_str)))
        }),
        Value::List(_) => Err(EvalError::new(format!("a list has no key `{key}`"))
            .hint(format!("`[*].{key}` takes it of each element, `[0].{key}` of the first"))),
        other => Err(EvalError::new(format!("{} has no key `{key}`", other.kind()))),
    }
}

/// `value[key]`.
pub(crate) fn index(value: &Value, key: &Value) -> EvalResult {
    match value {
        Value::Map(_) => attribute(value, &types::to_string(key)?),
        Value::List(list) => {
            let number = types::to_number(key)?;
            let length = list.items().len();
            number.as_usize().and_then(|at| list.items().get(at)).cloned().ok_or_else(|| {
                EvalError::new(format!("there is no element {number} in this list of {length}"))
            })
        }
        other => Err(EvalError::new(format!("{} has no elements", other.kind()))),
    }
}
