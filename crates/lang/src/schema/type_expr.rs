//! The `type` of a variable: `list(string)`, also in quotes.

use crate::eval::Type;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};
use std::collections::BTreeMap;

/// The type that an expression names, or what is wrong with it.
pub(crate) fn read(expr: &Expression) -> Result<Type, String> {
    match expr {
        Expression::String(text) => {
            let inner =
                text.value().parse::<Expression>().map_err(|_| format!("`{}` is no type", text.value()))?;
            if inner.is_str() { Err(unknown(text.value())) } else { read(&inner) }
        }
        Expression::Variable(name) => simple(name.value()),
        Expression::Parenthesis(inner) => read(inner.inner()),
        Expression::FuncCall(call) => constructed(call),
        _ => Err("this is no type".to_owned()),
    }
}

fn simple(name: &str) -> Result<Type, String> {
    Ok(match name {
        "any" => Type::Any,
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list" => Type::List(Box::new(Type::Any)),
        "set" => Type::Set(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        other => return Err(unknown(other)),
    })
}

fn unknown(name: &str) -> String {
    format!("there is no type `{name}`")
}

fn constructed(call: &FuncCall) -> Result<Type, String> {
    let name = call.name.name.value().as_str();
    let (Some(of), 1) = (call.args.get(0), call.args.len()) else {
        return Err(format!("`{name}(…)` takes one type"));
    };
    match name {
        "list" => Ok(Type::List(Box::new(read(of)?))),
        "set" => Ok(Type::Set(Box::new(read(of)?))),
        "map" => Ok(Type::Map(Box::new(read(of)?))),
        "object" => of.as_object().ok_or("`object(…)` takes a map of types".to_owned()).and_then(object),
        "tuple" => match of.as_array() {
            Some(items) => items.iter().map(read).collect::<Result<_, _>>().map(Type::Tuple),
            None => Err("`tuple(…)` takes a list of types".to_owned()),
        },
        other => Err(unknown(other)),
    }
}

fn object(object: &Object) -> Result<Type, String> {
    let mut keys = BTreeMap::new();
    for (key, value) in object {
        let key = match key {
            ObjectKey::Ident(name) => name.value().to_string(),
            ObjectKey::Expression(expr) => expr.as_str().ok_or("a key of `object` is a name")?.to_owned(),
        };
        keys.insert(key, member(value.expr())?);
    }
    Ok(Type::Object(keys))
}

/// The type of a key of an object; `optional(type)` may be missing.
fn member(expr: &Expression) -> Result<(Type, bool), String> {
    match expr.as_func_call() {
        Some(call) if call.name.name.value().as_str() == "optional" => {
            let of = call.args.get(0).ok_or("`optional(…)` takes a type")?;
            Ok((read(of)?, true))
        }
        _ => Ok((read(expr)?, false)),
    }
}
