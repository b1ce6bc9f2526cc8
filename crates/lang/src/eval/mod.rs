//! Expressions to values. The behaviour is that of HashiCorp's own library, except that a remainder by zero is
//! an error and that there is a [budget](budget).

pub(crate) mod budget;
mod collection;
pub(crate) mod error;
mod for_expr;
pub(crate) mod functions;
mod number;
mod operation;
pub(crate) mod scope;
mod template;
mod traversal;
pub(crate) mod types;
mod value;

pub use number::Number;
pub use types::Type;
pub use value::{List, Map, Value};

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
    scope.names.whole(name.as_str()).unwrap_or_else(|| Err(unknown_name(name.as_str(), scope)))
}

/// There is no such root.
pub(crate) fn unknown_name(name: &str, scope: &Scope<'_>) -> EvalError {
    let later = ["each", "get", "task", "input", "service", "build", "job", "path"];
    if later.contains(&name) && !scope.names.roots().is_empty() {
        return EvalError::new(format!(
            "`{name}` cannot be used yet: values of builds and instances follow later"
        ));
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
        Ok(other) => types::unify(&value, &other).ok_or_else(|| {
            EvalError::new(format!(
                "one result of this conditional is {}, the other {}",
                value.kind(),
                other.kind()
            ))
            .hint("both results must be of one type")
        }),
    }
}
