//! Operators.

use super::error::{EvalError, EvalResult};
use super::number::Number;
use super::scope::Scope;
use super::value::Value;
use super::{eval, types};
use crate::late::Late;
use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp};

pub(super) fn unary(operation: &UnaryOp, scope: &Scope<'_>) -> EvalResult {
    let value = eval(&operation.expr, scope)?;
    let operator = operation.operator.value().as_str();
    if value.has_late() {
        return late(operator, vec![value], scope);
    }
    compute_unary(operator, &value).map_err(|error| error.at(scope.span(&operation.expr)))
}

/// The value of `-x` or `!x`.
pub(crate) fn compute_unary(operator: &str, value: &Value) -> EvalResult {
    match operator {
        "-" => types::to_number(value).map(|number| Value::Number(number.neg())),
        _ => types::to_bool(value).map(|bool| Value::Bool(!bool)),
    }
}

pub(super) fn binary(operation: &BinaryOp, scope: &Scope<'_>) -> EvalResult {
    let (left_expr, right_expr) = (&operation.lhs_expr, &operation.rhs_expr);
    let operator = *operation.operator.value();
    let left = eval(left_expr, scope)?;
    if !left.has_late()
        && let Some(decided) =
            short_circuit(operator, &left).map_err(|error| error.at(scope.span(left_expr)))?
    {
        return Ok(decided);
    }
    let right = eval(right_expr, scope)?;
    if left.has_late() || right.has_late() {
        return late(operator.as_str(), vec![left, right], scope);
    }
    scope.budget.spend(left.size().min(right.size()) / 32)?;
    compute_binary(operator, &left, &right).map_err(|(side, error)| match side {
        Side::Left => error.at(scope.span(left_expr)),
        Side::Right => error.at(scope.span(right_expr)),
        Side::Both => error,
    })
}

/// An operator whose operands only a build knows. A secret is no operand.
fn late(operator: &str, operands: Vec<Value>, scope: &Scope<'_>) -> EvalResult {
    let operands: Vec<Late> = operands.into_iter().map(Late::from).collect();
    if let Some(name) = operands.iter().flat_map(Late::secrets).next() {
        return Err(secret_decides(name));
    }
    scope.budget.admit(Late::Operation { operator: operator.to_owned(), operands }.into_value())
}

/// Why a secret cannot stand where something is decided or computed.
pub(super) fn secret_decides(name: &str) -> EvalError {
    EvalError::new(format!(
        "the value of `var.{name}` is a secret: it cannot decide, be compared or computed with"
    ))
    .hint("pass it on as it is, or inside a string; a secret has no part in operators and conditions")
}

/// The operator as it is written, read back.
pub(crate) fn operator(text: &str) -> Option<BinaryOperator> {
    text.parse().ok()
}

/// The value of `&&` and `||` where the left side decides alone.
pub(crate) fn short_circuit(operator: BinaryOperator, left: &Value) -> EvalResult<Option<Value>> {
    let decides = match operator {
        BinaryOperator::And => false,
        BinaryOperator::Or => true,
        _ => return Ok(None),
    };
    Ok((types::to_bool(left)? == decides).then_some(Value::Bool(decides)))
}

/// Which operand an error is about.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Left,
    Right,
    Both,
}

/// The value of an operator. Values of different types are never equal: `1 == "1"` is false.
pub(crate) fn compute_binary(
    operator: BinaryOperator,
    left: &Value,
    right: &Value,
) -> Result<Value, (Side, EvalError)> {
    let bool = |value, side| types::to_bool(value).map_err(|error| (side, error));
    let number = |value, side| types::to_number(value).map_err(|error| (side, error));
    match operator {
        BinaryOperator::And => Ok(Value::Bool(bool(left, Side::Left)? && bool(right, Side::Right)?)),
        BinaryOperator::Or => Ok(Value::Bool(bool(left, Side::Left)? || bool(right, Side::Right)?)),
        BinaryOperator::Eq => Ok(Value::Bool(left == right)),
        BinaryOperator::NotEq => Ok(Value::Bool(left != right)),
        operator => numeric(operator, number(left, Side::Left)?, number(right, Side::Right)?)
            .map_err(|error| (Side::Both, error)),
    }
}

fn numeric(operator: BinaryOperator, left: Number, right: Number) -> EvalResult {
    let result = match operator {
        BinaryOperator::Plus => left.add(right),
        BinaryOperator::Minus => left.sub(right),
        BinaryOperator::Mul => left.mul(right),
        BinaryOperator::Div | BinaryOperator::Mod if right == Number::whole(0) => {
            return Err(EvalError::new("division by zero"));
        }
        BinaryOperator::Div => left.div(right),
        BinaryOperator::Mod => left.rem(right),
        BinaryOperator::Less => return Ok(Value::Bool(left < right)),
        BinaryOperator::LessEq => return Ok(Value::Bool(left <= right)),
        BinaryOperator::Greater => return Ok(Value::Bool(left > right)),
        BinaryOperator::GreaterEq => return Ok(Value::Bool(left >= right)),
        BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Eq | BinaryOperator::NotEq => None,
    };
    result.map(Value::Number).ok_or_else(|| EvalError::new("the result is too large for a number"))
}
