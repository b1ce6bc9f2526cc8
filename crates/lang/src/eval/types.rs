//! Type constraints: `string`, `list(number)`, `object({ a = string })`.

use super::error::{EvalError, EvalResult};
use super::number::Number;
use super::value::Value;
use crate::late::Late;
use std::collections::BTreeMap;
use std::fmt;

/// A type constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// A text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list whose elements have one type.
    List(Box<Type>),
    /// A list without order and doubles.
    Set(Box<Type>),
    /// A map whose values have one type.
    Map(Box<Type>),
    /// A map with these keys; those marked `true` are optional.
    Object(BTreeMap<String, (Type, bool)>),
    /// A list with these elements.
    Tuple(Vec<Type>),
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Set(of) => write!(f, "set({of})"),
            Self::Map(of) => write!(f, "map({of})"),
            Self::Object(keys) => {
                let key = |(key, (of, optional)): (&String, &(Self, bool))| match optional {
                    true => format!("{key} = optional({of})"),
                    false => format!("{key} = {of}"),
                };
                let keys: Vec<_> = keys.iter().map(key).collect();
                write!(f, "object({{ {} }})", keys.join(", "))
            }
            Self::Tuple(of) => {
                let of: Vec<_> = of.iter().map(ToString::to_string).collect();
                write!(f, "tuple([{}])", of.join(", "))
            }
        }
    }
}

/// The value as one of that type, or why it cannot be.
pub(crate) fn convert(value: &Value, to: &Type) -> EvalResult {
    match (to, value) {
        (Type::Any, _) | (_, Value::Null) => Ok(value.clone()),
        (_, Value::Late(late)) => Err(unknown_yet(late)),
        (Type::String, _) => to_string(value).map(Value::string),
        (Type::Number, _) => to_number(value).map(Value::Number),
        (Type::Bool, _) => to_bool(value).map(Value::Bool),
        (Type::List(of), Value::List(list)) => convert_all(list.items(), of).map(Value::list),
        (Type::Set(of), Value::List(list)) => convert_all(list.items(), of).map(set),
        (Type::Tuple(of), Value::List(list)) if of.len() == list.items().len() => {
            let items = list.items().iter().zip(of).map(|(item, of)| convert(item, of));
            Ok(Value::list(items.collect::<Result<_, _>>()?))
        }
        (Type::Map(of), Value::Map(map)) => {
            let items =
                map.entries().iter().map(|(key, item)| Ok((key.clone(), inside(convert(item, of), key)?)));
            Ok(Value::map(items.collect::<Result<_, EvalError>>()?))
        }
        (Type::Object(keys), Value::Map(map)) => object(map.entries(), keys),
        _ => Err(EvalError::new(format!("{to} is needed, and this is {}", value.kind()))),
    }
}

fn convert_all(items: &[Value], of: &Type) -> Result<Vec<Value>, EvalError> {
    items.iter().enumerate().map(|(at, item)| inside(convert(item, of), &at.to_string())).collect()
}

fn object(entries: &BTreeMap<String, Value>, keys: &BTreeMap<String, (Type, bool)>) -> EvalResult {
    let mut items = BTreeMap::new();
    for (key, (of, optional)) in keys {
        match entries.get(key) {
            Some(item) => items.insert(key.clone(), inside(convert(item, of), key)?),
            None if *optional => items.insert(key.clone(), Value::Null),
            None => return Err(EvalError::new(format!("the key `{key}` is missing"))),
        };
    }
    Ok(Value::map(items))
}

fn inside(result: EvalResult, key: &str) -> EvalResult {
    result.map_err(|error| EvalError { message: format!("`{key}`: {}", error.message), ..error })
}

/// A set of those values: sorted, none twice.
pub(crate) fn set(mut items: Vec<Value>) -> Value {
    items.sort_by(compare);
    items.dedup();
    Value::set(items)
}

/// An order over all values: numbers as numbers, texts by their bytes, all else by its JSON form.
pub(crate) fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => (a.kind(), a.to_json().to_string()).cmp(&(b.kind(), b.to_json().to_string())),
    }
}

/// The value as a text: numbers and booleans print.
pub(crate) fn to_string(value: &Value) -> Result<String, EvalError> {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.to_text().unwrap_or_default()),
        Value::Null => Err(EvalError::new("a string is needed, and this is null")),
        Value::Late(late) => Err(unknown_yet(late)),
        Value::List(_) | Value::Map(_) => {
            Err(EvalError::new(format!("a string is needed, and this is {}", value.kind()))
                .hint("`jsonencode(…)` writes it as JSON, `join(\", \", …)` joins a list"))
        }
    }
}

/// The value as a number: a text that reads as one will do.
pub(crate) fn to_number(value: &Value) -> Result<Number, EvalError> {
    match value {
        Value::Number(number) => Ok(*number),
        Value::String(text) => Number::parse(text)
            .ok_or_else(|| EvalError::new(format!("a number is needed, and this is {}", quoted(text)))),
        Value::Late(late) => Err(unknown_yet(late)),
        other => Err(EvalError::new(format!("a number is needed, and this is {}", other.kind()))),
    }
}

/// The value as a boolean: the texts `true`, `false`, `1`, `0` will do.
pub(crate) fn to_bool(value: &Value) -> Result<bool, EvalError> {
    match value {
        Value::Bool(bool) => Ok(*bool),
        Value::String(text) => match &**text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(EvalError::new(format!("`true` or `false` is needed, and this is {}", quoted(text)))),
        },
        Value::Late(late) => Err(unknown_yet(late)),
        other => Err(EvalError::new(format!("`true` or `false` is needed, and this is {}", other.kind()))),
    }
}

/// Why a value cannot be used while the pipeline is loaded.
pub(crate) fn unknown_yet(late: &Late) -> EvalError {
    match late.secrets().first() {
        Some(name) => EvalError::new(format!("the value of `var.{name}` is a secret, and is not known here")),
        None => {
            let names = late.references().first().map_or("this".to_owned(), |name| format!("`{name}`"));
            EvalError::new(format!("{names} is known only when a build runs"))
        }
    }
}

/// A text in quotes, cut to what fits a message.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{more}")
}

/// Gives both results of a conditional one type where that is what Terraform does: a number or boolean beside a
/// text becomes a text, also element by element in lists. `None` if they have nothing in common.
pub(crate) fn unify(chosen: &Value, other: &Value) -> Option<Value> {
    match (chosen, other) {
        (Value::Null, _) | (_, Value::Null) => Some(chosen.clone()),
        (Value::Number(_) | Value::Bool(_), Value::String(_)) => chosen.to_text().map(Value::string),
        (Value::List(a), Value::List(b)) => {
            let items = unify_lists(a.items(), b.items());
            Some(if a.is_set() && b.is_set() { set(items) } else { Value::list(items) })
        }
        _ if chosen.kind() == other.kind() || is_text_like(chosen, other) => Some(chosen.clone()),
        _ => None,
    }
}

fn is_text_like(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::String(_), Value::Number(_) | Value::Bool(_)))
}

fn unify_lists(chosen: &[Value], other: &[Value]) -> Vec<Value> {
    let has_text = chosen.iter().chain(other).any(|item| matches!(item, Value::String(_)));
    let plain = |item: &Value| matches!(item, Value::Number(_) | Value::Bool(_));
    let items = chosen.iter().map(|item| match item.to_text() {
        Some(text) if has_text && plain(item) => Value::string(text),
        _ => item.clone(),
    });
    items.collect()
}
