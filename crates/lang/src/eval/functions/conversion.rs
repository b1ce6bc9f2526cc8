//! Conversions, and `try` and `can`, which look at their arguments one after the other.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::eval;
use crate::eval::scope::Scope;
use crate::eval::types::{self, Type};
use crate::eval::value::Value;
use crate::late::Late;
use hcl_edit::expr::FuncCall;

pub(super) const ALL: &[Function] = &[
    ("tobool", 1, 1, |call| convert(call, &Type::Bool)),
    ("tonumber", 1, 1, |call| convert(call, &Type::Number)),
    ("tostring", 1, 1, |call| convert(call, &Type::String)),
    ("tolist", 1, 1, |call| convert(call, &Type::List(Box::new(Type::Any)))),
    ("tomap", 1, 1, |call| convert(call, &Type::Map(Box::new(Type::Any)))),
    ("toset", 1, 1, |call| convert(call, &Type::Set(Box::new(Type::Any)))),
];

fn convert(call: &Call<'_>, to: &Type) -> EvalResult {
    call.wrap(0, types::convert(call.arg(0), to))
}

/// The functions that may not evaluate all their arguments.
pub(super) fn lazy(name: &str, call: &FuncCall, scope: &Scope<'_>) -> Option<EvalResult> {
    match name {
        "try" => Some(first_good(call, scope)),
        "can" => Some(can(call, scope)),
        _ => None,
    }
}

/// The first argument that has a value. What is late may turn out to have none, so the ones after it stay in the
/// call.
fn first_good(call: &FuncCall, scope: &Scope<'_>) -> EvalResult {
    let mut last = EvalError::new("`try` takes at least 1 argument");
    let mut late = Vec::new();
    for arg in &call.args {
        match eval(arg, scope) {
            Err(error) if !error.fatal => last = error,
            Err(error) => return Err(error),
            Ok(value) if value.has_late() => late.push(Late::from(value)),
            Ok(value) if late.is_empty() => return Ok(value),
            Ok(value) => {
                late.push(Late::from(value));
                break;
            }
        }
    }
    match late.is_empty() {
        true => Err(last),
        false => scope.budget.admit(Late::Call { function: "try".to_owned(), args: late }.into_value()),
    }
}

fn can(call: &FuncCall, scope: &Scope<'_>) -> EvalResult {
    let Some(arg) = call.args.get(0).filter(|_| call.args.len() == 1) else {
        return Err(EvalError::new(format!("`can` takes 1 argument, not {}", call.args.len())));
    };
    match eval(arg, scope) {
        Err(error) if error.fatal => Err(error),
        Ok(value) if value.has_late() => {
            let args = vec![Late::from(value)];
            scope.budget.admit(Late::Call { function: "can".to_owned(), args }.into_value())
        }
        result => Ok(Value::Bool(result.is_ok())),
    }
}
