//! Operators.

use super::error::{EvalError, EvalResult};
use super::number::Number;
use super::scope::Scope;
use super::value::Value;
use super::{eval, types};
use hcl_edit::expr::{BinaryOp, BinaryOperator, Expression, UnaryOp, UnaryOperator};

pub(super) fn unary(operation: &UnaryOp, scope: &Scope<'_>) -> EvalResult {
    match operation.operator.value() {
        UnaryOperator::Neg => number(&operation.expr, scope).map(|number| Value::Number(number.neg())),
        UnaryOperator::Not => bool(&operation.expr, scope).map(|bool| Value::Bool(!bool)),
    }
}

pub(super) fn binary(operation: &BinaryOp, scope: &Scope<'_>) -> EvalResult {
    let (left, right) = (&operation.lhs_expr, &operation.rhs_expr);
    match operation.operator.value() {
        BinaryOperator::And => Ok(Value::Bool(bool(left, scope)? && bool(right, scope)?)),
        BinaryOperator::Or => Ok(Value::Bool(bool(left, scope)? || bool(right, scope)?)),
        BinaryOperator::Eq => equal(left, right, scope).map(Value::Bool),
        BinaryOperator::NotEq => equal(left, right, scope).map(|equal| Value::Bool(!equal)),
        operator => numeric(*operator, number(left, scope)?, number(right, scope)?),
    }
}

/// Values of different types are never equal: `1 == "1"` is false.
fn equal(left: &Expression, right: &Expression, scope: &Scope<'_>) -> EvalResult<bool> {
    let (left, right) = (eval(left, scope)?, eval(right, scope)?);
    scope.budget.spend(left.size().min(right.size()) / 32)?;
    Ok(left == right)
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

fn number(expr: &Expression, scope: &Scope<'_>) -> EvalResult<Number> {
    types::to_number(&eval(expr, scope)?).map_err(|error| error.at(scope.span(expr)))
}

fn bool(expr: &Expression, scope: &Scope<'_>) -> EvalResult<bool> {
    types::to_bool(&eval(expr, scope)?).map_err(|error| error.at(scope.span(expr)))
}
