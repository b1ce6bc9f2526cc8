//! Functions, a file per family. Names and results are Terraform's.

mod collection;
mod conversion;
mod encoding;
mod file;
mod format;
mod number;
mod string;
mod time;
mod yaml;

use super::error::{EvalError, EvalResult};
use super::eval;
use super::number::Number;
use super::scope::Scope;
use super::types;
use super::value::Value;
use crate::late::Late;
use hcl_edit::expr::FuncCall;
use std::collections::BTreeMap;

/// The arguments of a call, and what a function may use.
pub(crate) struct Call<'a> {
    name: &'a str,
    args: Vec<Value>,
    scope: &'a Scope<'a>,
}

/// A function: its name, the fewest and the most arguments, and what it does.
type Function = (&'static str, usize, usize, fn(&Call<'_>) -> EvalResult);

/// For functions that take any number of arguments.
const MANY: usize = usize::MAX;

/// Functions that only move what stands in a list or map: they need not know it.
const MOVERS: &[&str] = &[
    "chunklist",
    "concat",
    "element",
    "keys",
    "length",
    "lookup",
    "merge",
    "reverse",
    "slice",
    "values",
    "zipmap",
];

fn families() -> [&'static [Function]; 8] {
    [
        string::ALL,
        collection::ALL,
        number::ALL,
        encoding::ALL,
        yaml::ALL,
        time::ALL,
        conversion::ALL,
        file::ALL,
    ]
}

fn find(name: &str) -> Option<&'static Function> {
    families().into_iter().flatten().find(|function| function.0 == name)
}

/// The names of all functions.
#[cfg(test)]
pub(crate) fn all_names() -> Vec<&'static str> {
    families().into_iter().flatten().map(|function| function.0).chain(["try", "can"]).collect()
}

/// The value of a call.
pub(super) fn call(call: &FuncCall, scope: &Scope<'_>) -> EvalResult {
    let name = call.name.name.value().as_str();
    if call.name.is_namespaced() {
        return Err(EvalError::new("functions have no namespaces"));
    }
    if let Some(result) = conversion::lazy(name, call, scope) {
        return result;
    }
    let function = find(name).ok_or_else(|| unknown(name))?;
    let args = arguments(call, scope)?;
    counts(function, args.len())?;
    match args.iter().any(Value::has_late) && !MOVERS.contains(&name) && name != "templatefile" {
        true => late(name, args, scope),
        false => run(function, args, scope),
    }
}

fn run(function: &Function, args: Vec<Value>, scope: &Scope<'_>) -> EvalResult {
    let (name, _, _, compute) = function;
    if args.iter().any(|arg| matches!(arg, Value::Late(_))) {
        return late(name, args, scope);
    }
    scope.budget.spend(args.iter().map(Value::size).fold(0, u64::saturating_add) / 32)?;
    let value = compute(&Call { name, args, scope })?;
    scope.budget.admit(value)
}

/// A call whose arguments only a build knows.
fn late(name: &str, args: Vec<Value>, scope: &Scope<'_>) -> EvalResult {
    if file::ALL.iter().any(|function| function.0 == name) && !matches!(name, "basename" | "dirname") {
        let whole = Late::List(args.into_iter().map(Late::from).collect());
        let why = types::unknown_yet(&whole).message;
        return Err(EvalError::new(format!("`{name}` reads files when the pipeline is loaded: {why}")));
    }
    let args = args.into_iter().map(Late::from).collect();
    scope.budget.admit(Late::Call { function: name.to_owned(), args }.into_value())
}

/// Calls a function with values.
pub(crate) fn compute(name: &str, args: Vec<Value>, scope: &Scope<'_>) -> EvalResult {
    let function = find(name).ok_or_else(|| unknown(name))?;
    counts(function, args.len())?;
    run(function, args, scope)
}

fn counts((name, fewest, most, _): &Function, count: usize) -> EvalResult<()> {
    if count < *fewest || count > *most {
        let takes = counted(*fewest, *most);
        return Err(EvalError::new(format!("`{name}` takes {takes}, not {count}")));
    }
    Ok(())
}

fn unknown(name: &str) -> EvalError {
    let names = families().into_iter().flatten().map(|function| function.0).chain(["try", "can"]);
    let hint = crate::diagnostic::closest(name, names).map(|name| format!("did you mean `{name}`?"));
    EvalError::new(format!("there is no function `{name}`")).maybe_hint(hint)
}

/// The values of the arguments; `list...` at the end stands for its elements.
fn arguments(call: &FuncCall, scope: &Scope<'_>) -> EvalResult<Vec<Value>> {
    let mut values = call.args.iter().map(|arg| eval(arg, scope)).collect::<Result<Vec<_>, _>>()?;
    if call.args.expand_final() {
        match values.pop() {
            Some(Value::List(list)) => values.extend_from_slice(list.items()),
            _ => return Err(EvalError::new("only a list can be expanded by `...`")),
        }
    }
    Ok(values)
}

fn counted(fewest: usize, most: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    match most {
        MANY => format!("at least {fewest} argument{}", plural(fewest)),
        most if most == fewest => format!("{fewest} argument{}", plural(fewest)),
        most => format!("{fewest} to {most} arguments"),
    }
}

/// Names of arguments by position, for messages.
fn ordinal(at: usize) -> String {
    match at {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        at => format!("{}th", at + 1),
    }
}

impl Call<'_> {
    fn arg(&self, at: usize) -> &Value {
        self.args.get(at).unwrap_or(&Value::Null)
    }

    fn wrap<T>(&self, at: usize, result: EvalResult<T>) -> EvalResult<T> {
        result.map_err(|error| EvalError {
            message: format!("the {} argument of `{}`: {}", ordinal(at), self.name, error.message),
            ..error
        })
    }

    fn wrong<T>(&self, at: usize, what: &str) -> EvalResult<T> {
        self.wrap(at, Err(EvalError::new(format!("{what} is needed, and this is {}", self.arg(at).kind()))))
    }

    fn text(&self, at: usize) -> EvalResult<String> {
        self.wrap(at, types::to_string(self.arg(at)))
    }

    fn number(&self, at: usize) -> EvalResult<Number> {
        self.wrap(at, types::to_number(self.arg(at)))
    }

    /// A whole number.
    fn whole(&self, at: usize) -> EvalResult<i128> {
        let number = self.number(at)?;
        let whole = number
            .as_i128()
            .ok_or_else(|| EvalError::new(format!("a whole number is needed, and this is {number}")));
        self.wrap(at, whole)
    }

    fn list(&self, at: usize) -> EvalResult<&[Value]> {
        match self.arg(at) {
            Value::List(list) => Ok(list.items()),
            _ => self.wrong(at, "a list"),
        }
    }

    fn map(&self, at: usize) -> EvalResult<&BTreeMap<String, Value>> {
        match self.arg(at) {
            Value::Map(map) => Ok(map.entries()),
            _ => self.wrong(at, "a map"),
        }
    }

    fn texts(&self, at: usize) -> EvalResult<Vec<String>> {
        let items = self.list(at)?.iter().map(types::to_string).collect();
        self.wrap(at, items)
    }

    fn error<T>(&self, message: impl std::fmt::Display) -> EvalResult<T> {
        Err(EvalError::new(format!("`{}`: {message}", self.name)))
    }
}
