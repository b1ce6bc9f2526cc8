//! Late values computed, with everything known.

use super::{Known, Late, LateError};
use crate::eval::budget::Budget;
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::{NoNames, Scope};
use crate::eval::{Type, Value};
use crate::eval::{functions, one_type, operation, traversal, types};
use crate::files::NoFiles;
use crate::schema::read_type;
use crate::span::FileId;
use hcl_edit::expr::Expression;
use std::cell::Cell;

impl Late {
    /// Computes the value, within the limits that hold for the expressions of a pipeline.
    ///
    /// # Errors
    /// Something in it could not be had, or does not fit the function it is given to. Where a secret took part,
    /// the text names its variable and no value.
    pub fn evaluate(&self, known: &dyn Known) -> Result<Value, LateError> {
        let (budget, templates) = (Budget::default(), Cell::new(0));
        let scope = Scope {
            file: FileId::NONE,
            names: &NoNames,
            files: &NoFiles,
            budget: &budget,
            // `timestamp()` has no arguments, so it is never late.
            now: jiff::Timestamp::UNIX_EPOCH,
            templates: &templates,
            bound: None,
        };
        Evaluation { known, scope }.value(self).map_err(|error| LateError(error.message))
    }
}

struct Evaluation<'a> {
    known: &'a dyn Known,
    scope: Scope<'a>,
}

impl Evaluation<'_> {
    fn value(&self, late: &Late) -> EvalResult {
        self.scope.budget.spend(1)?;
        let value = match late {
            Late::Literal(value) => value.clone(),
            // What is not to be had is no mistake of the expression, and `try` does not catch it.
            Late::Secret(name) => self.known.secret(name).map_err(|error| EvalError::fatal(error.0))?,
            Late::Build(reference) => {
                self.known.build(reference).map_err(|error| EvalError::fatal(error.0))?
            }
            Late::List(items) => Value::list(self.all(items)?),
            Late::Map(items) => {
                let items = items.iter().map(|(key, item)| Ok((key.clone(), self.value(item)?)));
                Value::map(items.collect::<EvalResult<_>>()?)
            }
            Late::Template(pieces) => Value::string(self.text(pieces, late)?),
            Late::Call { function, args } => return self.call(function, args, late),
            Late::Index { of, key } => {
                let (of, key) = (self.value(of)?, self.value(key)?);
                return traversal::index(&of, &key).map_err(|error| hide(error, late));
            }
            Late::Operation { operator, operands } => return self.operation(operator, operands),
            Late::If { condition, yes, no } => return self.choice(condition, yes, no),
        };
        self.scope.budget.admit(value)
    }

    fn all(&self, items: &[Late]) -> EvalResult<Vec<Value>> {
        items.iter().map(|item| self.value(item)).collect()
    }

    fn text(&self, pieces: &[Late], whole: &Late) -> EvalResult<String> {
        let mut text = String::new();
        for piece in pieces {
            let value = self.value(piece)?;
            if let (Late::Build(reference), Value::Null) = (piece, &value) {
                return Err(EvalError::new(format!(
                    "`{reference}` has no value, and stands inside a string"
                )));
            }
            let piece = types::to_string(&value).map_err(|error| {
                hide(EvalError { message: format!("inside a string: {}", error.message), ..error }, whole)
            })?;
            self.scope.budget.make(piece.len() as u64)?;
            text.push_str(&piece);
        }
        Ok(text)
    }

    fn call(&self, function: &str, args: &[Late], whole: &Late) -> EvalResult {
        match function {
            "try" => self.first_good(args),
            "can" => match args.first().map(|arg| self.value(arg)) {
                Some(Err(error)) if error.fatal => Err(error),
                result => Ok(Value::Bool(result.is_some_and(|result| result.is_ok()))),
            },
            "coalesce" => self.first_there(args, whole),
            _ => {
                functions::compute(function, self.all(args)?, &self.scope).map_err(|error| hide(error, whole))
            }
        }
    }

    /// The first argument that has a value; a value of the build that is missing has none.
    fn first_good(&self, args: &[Late]) -> EvalResult {
        let mut last = Ok(Value::Null);
        for arg in args {
            last = self.value(arg);
            match &last {
                Err(error) if !error.fatal => {}
                Ok(Value::Null) if matches!(arg, Late::Build(_)) => {}
                _ => break,
            }
        }
        last
    }

    /// `coalesce`, which looks no further than it must.
    fn first_there(&self, args: &[Late], whole: &Late) -> EvalResult {
        for arg in args {
            let value = self.value(arg)?;
            if !value.is_null() && value.as_str() != Some("") {
                return Ok(value);
            }
        }
        Err(hide(EvalError::new("`coalesce`: all arguments are null or empty"), whole))
    }

    fn operation(&self, text: &str, operands: &[Late]) -> EvalResult {
        let unknown = || EvalError::fatal(format!("there is no operator `{text}`"));
        match operands {
            [only] => operation::compute_unary(text, &self.value(only)?),
            [left, right] => {
                let operator = operation::operator(text).ok_or_else(unknown)?;
                let left = self.value(left)?;
                if let Some(decided) = operation::short_circuit(operator, &left)? {
                    return Ok(decided);
                }
                operation::compute_binary(operator, &left, &self.value(right)?).map_err(|(_, error)| error)
            }
            _ => Err(unknown()),
        }
    }

    /// As while loading both are computed, to give them one type; an error in the other does not matter.
    fn choice(&self, condition: &Late, yes: &Late, no: &Late) -> EvalResult {
        let (chosen, other) = if types::to_bool(&self.value(condition)?)? { (yes, no) } else { (no, yes) };
        let value = self.value(chosen)?;
        match self.value(other) {
            Ok(other) => one_type(&value, &other),
            Err(_) => Ok(value),
        }
    }
}

/// The error without what it may quote of a secret.
fn hide(error: EvalError, whole: &Late) -> EvalError {
    let Some(name) = whole.secrets().first().map(|name| (*name).to_owned()) else { return error };
    let what = match whole {
        Late::Call { function, .. } => format!("`{function}(…)`"),
        Late::Template(_) => "a string".to_owned(),
        _ => "a part of it".to_owned(),
    };
    let message = format!("{what} cannot be computed from the secret `var.{name}`: its value does not fit");
    EvalError { message, hint: None, ..error }
}

/// The value of a secret variable of a type (as it is written: `list(string)`) from the text that was fetched for
/// it.
///
/// # Errors
/// The text does not fit the type; what it is stands not in the error.
pub fn typed_secret(text: &str, type_name: &str) -> Result<Value, LateError> {
    let to = type_name.parse::<Expression>().ok().and_then(|expr| read_type(&expr).ok());
    let to = to.ok_or_else(|| LateError(format!("there is no type `{type_name}`")))?;
    let plain = matches!(to, Type::Any | Type::String | Type::Number | Type::Bool);
    let value = match plain {
        true => Some(Value::string(text)),
        false => serde_json::from_str(text).ok().and_then(|json| Value::from_json(&json)),
    };
    let typed = value.and_then(|value| types::convert(&value, &to).ok());
    typed.ok_or_else(|| LateError(format!("the value is no `{type_name}`")))
}
