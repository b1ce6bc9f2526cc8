//! Expressions to values. The behaviour is that of HashiCorp's own library, except that a remainder by zero is
//! an error and that there is a [budget](budget).

pub(crate) mod budget;
mod collection;
pub(crate) mod error;
mod for_expr;
pub(crate) mod functions;
mod number;
pub(crate) mod operation;
pub(crate) mod scope;
mod template;
pub(crate) mod traversal;
pub(crate) mod types;
mod value;

pub use number::Number;
pub use types::Type;
pub use value::{List, Map, Value};

use crate::late::Late;
use error::{EvalError, EvalResult};
use hcl_edit::Ident;
use hcl_edit::expr::{Conditional, Expression};
use scope::Scope;

/// The value of an expression.
pub(crate) fn eval(expr: &Expression, scope: &Scope<'_>) -> EvalResult {
    scope.budget.nested(|| evaluate(expr, scope)).map_err(|error| error.at(scope.span(expr)))
}

fn evaluate(expr: &Expression, scope: &Scope<'_>) -> EvalResult {
    match expr {
        Expression::Null(_) => Ok(Value::Null),
        Expression::Bool(bool) => Ok(Value::Bool(*bool.value())),
        Expression::Number(number) => literal_number(number.value()),
        Expression::String(text) => scope.budget.admit(Value::string(text.value())),
        Expression::Array(array) => collection::array(array, scope),
        Expression::Object(object) => collection::object(object, scope),
        Expression::StringTemplate(template) => template::quoted(template, scope),
        Expression::HeredocTemplate(heredoc) => template::heredoc(heredoc, scope),
        Expression::Parenthesis(inner) => eval(inner.inner(), scope),
        Expression::Variable(name) => variable(name.value(), scope),
        Expression::Conditional(conditional) => choose(conditional, scope),
        Expression::FuncCall(call) => functions::call(call, scope),
        Expression::Traversal(traversal) => traversal::traverse(traversal, scope),
        Expression::UnaryOp(operation) => operation::unary(operation, scope),
        Expression::BinaryOp(operation) => operation::binary(operation, scope),
        Expression::ForExpr(for_expr) => for_expr::evaluate(for_expr, scope),
    }
}

fn literal_number(number: &hcl_edit::Number) -> EvalResult {
    Number::parse(&number.to_string())
        .map(Value::Number)
        .ok_or_else(|| EvalError::new("this number is too large"))
}

/// A name that stands alone.
fn variable(name: &Ident, scope: &Scope<'_>) -> EvalResult {
    if let Some(value) = scope.bound(name.as_str()) {
        return Ok(value.clone());
    }
    scope.names.whole(name.as_str()).unwrap_or_else(|| Err(unknown_word(name.as_str(), scope)))
}

/// There is no such name, and nothing follows it: mostly a text without its quotes.
fn unknown_word(name: &str, scope: &Scope<'_>) -> EvalError {
    let error = unknown_name(name, scope);
    match &error.hint {
        Some(list) if list.starts_with("there is") => {
            let hint = format!("{list}; a text stands in quotes: \"{name}\"");
            error.hint(hint)
        }
        _ => error,
    }
}

/// There is no such root.
pub(crate) fn unknown_name(name: &str, scope: &Scope<'_>) -> EvalError {
    if ["get", "task", "input", "service", "build"].contains(&name) && !scope.names.roots().is_empty() {
        return EvalError::new(format!("`{name}` is known only when a build runs, and not here"))
            .hint("values of a build stand in the attributes of steps, hooks and services");
    }
    if name == "each" && !scope.names.roots().is_empty() {
        return EvalError::new("`each` is known only where there are instances")
            .hint("give the job, resource or step a `for_each`, or the job a `matrix`");
    }
    let error = EvalError::new(format!("there is no `{name}` here"));
    if name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_') {
        return error.hint(format!("for a variable of the shell write `${name}` or `$${{{name}}}`"));
    }
    let roots = scope.names.roots();
    match roots.is_empty() {
        true => error.hint("the file of a type knows neither variables nor locals"),
        false => error.maybe_hint(crate::diagnostic::did_you_mean(name, roots)),
    }
}

/// `condition ? a : b`. As in HashiCorp's library both are evaluated, to give them one type, but an error in the
/// one that is not chosen does not matter.
fn choose(conditional: &Conditional, scope: &Scope<'_>) -> EvalResult {
    let condition = eval(&conditional.cond_expr, scope)?;
    if condition.has_late() {
        return late_choice(condition, conditional, scope);
    }
    let condition =
        types::to_bool(&condition).map_err(|error| error.at(scope.span(&conditional.cond_expr)))?;
    let (chosen, other) = match condition {
        true => (&conditional.true_expr, &conditional.false_expr),
        false => (&conditional.false_expr, &conditional.true_expr),
    };
    let value = eval(chosen, scope)?;
    match eval(other, scope) {
        Err(error) if error.fatal => Err(error),
        Err(_) => Ok(value),
        Ok(other) if value.has_late() || other.has_late() => {
            let (yes, no) = if condition { (value, other) } else { (other, value) };
            late_if(Value::Bool(condition), yes, no, scope)
        }
        Ok(other) => one_type(&value, &other),
    }
}

/// The chosen result of a conditional, with the type that it shares with the other.
pub(crate) fn one_type(chosen: &Value, other: &Value) -> EvalResult {
    types::unify(chosen, other).ok_or_else(|| {
        EvalError::new(format!(
            "one result of this conditional is {}, the other {}",
            chosen.kind(),
            other.kind()
        ))
        .hint("both results must be of one type")
    })
}

/// A conditional about which only a build can decide.
fn late_choice(condition: Value, conditional: &Conditional, scope: &Scope<'_>) -> EvalResult {
    let (yes, no) = (eval(&conditional.true_expr, scope)?, eval(&conditional.false_expr, scope)?);
    late_if(condition, yes, no, scope).map_err(|error| error.at(scope.span(&conditional.cond_expr)))
}

fn late_if(condition: Value, yes: Value, no: Value, scope: &Scope<'_>) -> EvalResult {
    let condition = Late::from(condition);
    if let Some(name) = condition.secrets().first() {
        return Err(operation::secret_decides(name));
    }
    let late =
        Late::If { condition: Box::new(condition), yes: Box::new(yes.into()), no: Box::new(no.into()) };
    scope.budget.admit(late.into_value())
}
