//! Lists, sets and maps.

use super::{Call, Function, MANY};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::traversal::index;
use crate::eval::types::{self, set};
use crate::eval::value::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ALL: &[Function] = &[
    ("alltrue", 1, 1, |call| bools(call).map(|all| Value::Bool(all.into_iter().all(|bool| bool)))),
    ("anytrue", 1, 1, |call| bools(call).map(|all| Value::Bool(all.into_iter().any(|bool| bool)))),
    ("chunklist", 2, 2, chunklist),
    ("coalesce", 1, MANY, coalesce),
    ("coalescelist", 1, MANY, coalescelist),
    ("compact", 1, 1, compact),
    ("concat", 1, MANY, concat),
    ("contains", 2, 2, |call| Ok(Value::Bool(call.list(0)?.contains(call.arg(1))))),
    ("distinct", 1, 1, distinct),
    ("element", 2, 2, element),
    ("flatten", 1, 1, flatten),
    ("keys", 1, 1, |call| Ok(Value::list(call.map(0)?.keys().map(Value::string).collect()))),
    ("length", 1, 1, length),
    ("lookup", 2, 3, lookup),
    ("merge", 0, MANY, merge),
    ("one", 1, 1, one),
    ("range", 1, 3, range),
    ("reverse", 1, 1, |call| Ok(Value::list(call.list(0)?.iter().rev().cloned().collect()))),
    ("setintersection", 1, MANY, |call| combine(call, |a, b| a.intersection(b).cloned().collect())),
    ("setproduct", 1, MANY, setproduct),
    ("setsubtract", 2, 2, |call| combine(call, |a, b| a.difference(b).cloned().collect())),
    ("setsymmetricdifference", 1, MANY, |call| {
        combine(call, |a, b| a.symmetric_difference(b).cloned().collect())
    }),
    ("setunion", 1, MANY, |call| combine(call, |a, b| a.union(b).cloned().collect())),
    ("slice", 3, 3, slice),
    ("sort", 1, 1, sort),
    ("transpose", 1, 1, transpose),
    ("values", 1, 1, |call| Ok(Value::list(call.map(0)?.values().cloned().collect()))),
    ("zipmap", 2, 2, zipmap),
];

/// The largest list that `range` makes.
const MOST_RANGE: usize = 1_024;

fn bools(call: &Call<'_>) -> EvalResult<Vec<bool>> {
    let truth = |item: &Value| if item.is_null() { Ok(false) } else { types::to_bool(item) };
    call.wrap(0, call.list(0)?.iter().map(truth).collect())
}

fn chunklist(call: &Call<'_>) -> EvalResult {
    let (items, size) = (call.list(0)?, call.whole(1)?);
    match usize::try_from(size) {
        Ok(0) => Ok(Value::list(vec![call.arg(0).clone()])),
        Ok(size) => Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect())),
        Err(_) => call.error("the size of a chunk is not negative"),
    }
}

/// The first argument that is neither null nor an empty text.
fn coalesce(call: &Call<'_>) -> EvalResult {
    let good = |arg: &&Value| !arg.is_null() && arg.as_str() != Some("");
    call.args.iter().find(good).cloned().map_or_else(|| call.error("all arguments are null or empty"), Ok)
}

fn coalescelist(call: &Call<'_>) -> EvalResult {
    for at in 0..call.args.len() {
        if !call.arg(at).is_null() && !call.list(at)?.is_empty() {
            return Ok(call.arg(at).clone());
        }
    }
    call.error("all lists are empty")
}

fn compact(call: &Call<'_>) -> EvalResult {
    let empty = |item: &Value| item.is_null() || item.as_str() == Some("");
    let texts = call
        .list(0)?
        .iter()
        .filter(|item| !empty(item))
        .map(|item| types::to_string(item).map(Value::string));
    call.wrap(0, texts.collect()).map(Value::list)
}

fn concat(call: &Call<'_>) -> EvalResult {
    let mut items = Vec::new();
    for at in 0..call.args.len() {
        items.extend_from_slice(call.list(at)?);
    }
    Ok(Value::list(items))
}

fn distinct(call: &Call<'_>) -> EvalResult {
    let mut seen = BTreeSet::new();
    let mut items = call.list(0)?.to_vec();
    items.retain(|item| seen.insert(key(item)));
    Ok(Value::list(items))
}

/// A text that only equal values share.
fn key(value: &Value) -> String {
    value.to_json().to_string()
}

/// The element at a position that wraps around.
fn element(call: &Call<'_>) -> EvalResult {
    let (items, at) = (call.list(0)?, call.whole(1)?);
    match i128::try_from(items.len()) {
        Ok(length) if length > 0 => Ok(items[at.rem_euclid(length) as usize].clone()),
        _ => call.error("the list is empty"),
    }
}

fn flatten(call: &Call<'_>) -> EvalResult {
    let mut items = Vec::new();
    flatten_into(call.list(0)?, &mut items);
    Ok(Value::list(items))
}

fn flatten_into(from: &[Value], items: &mut Vec<Value>) {
    for item in from {
        match item {
            Value::List(inner) => flatten_into(inner.items(), items),
            other => items.push(other.clone()),
        }
    }
}

fn length(call: &Call<'_>) -> EvalResult {
    let length = match call.arg(0) {
        Value::List(list) => list.items().len(),
        Value::Map(map) => map.entries().len(),
        Value::String(text) => text.chars().count(),
        _ => return call.wrong(0, "a list, a map or a string"),
    };
    Ok(Value::whole(length as i128))
}

fn lookup(call: &Call<'_>) -> EvalResult {
    let (entries, name) = (call.map(0)?, call.text(1)?);
    match entries.get(&name) {
        Some(value) => Ok(value.clone()),
        None if call.args.len() == 3 => Ok(call.arg(2).clone()),
        None => index(call.arg(0), call.arg(1)),
    }
}

fn merge(call: &Call<'_>) -> EvalResult {
    let mut entries = BTreeMap::new();
    for at in 0..call.args.len() {
        if !call.arg(at).is_null() {
            entries.extend(call.map(at)?.clone());
        }
    }
    Ok(Value::map(entries))
}

fn one(call: &Call<'_>) -> EvalResult {
    match call.list(0)? {
        [] => Ok(Value::Null),
        [only] => Ok(only.clone()),
        more => call.error(format!("the list has {} elements, and may have one", more.len())),
    }
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`.
fn range(call: &Call<'_>) -> EvalResult {
    let zero = crate::eval::Number::whole(0);
    let (start, limit) = match call.args.len() {
        1 => (zero, call.number(0)?),
        _ => (call.number(0)?, call.number(1)?),
    };
    let step = match call.args.len() {
        3 => call.number(2)?,
        _ => crate::eval::Number::whole(if limit < start { -1 } else { 1 }),
    };
    if step == zero || (step > zero) != (limit > start) && limit != start {
        return call.error("the step leads away from the limit");
    }
    let (mut items, mut next) = (Vec::new(), start);
    while if step > zero { next < limit } else { next > limit } {
        if items.len() == MOST_RANGE {
            return call.error("that is more than 1,024 numbers");
        }
        items.push(Value::Number(next));
        next = next.add(step).ok_or_else(|| EvalError::new("`range`: the numbers are too large"))?;
    }
    Ok(Value::list(items))
}

/// Every combination of one element of each list.
fn setproduct(call: &Call<'_>) -> EvalResult {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for at in 0..call.args.len() {
        let items = call.list(at)?;
        call.scope.budget.make(
            (rows.len() as u64).saturating_mul(items.len() as u64).saturating_mul(24 * (at as u64 + 1)),
        )?;
        let extend = |row: &Vec<Value>, item: &Value| row.iter().chain([item]).cloned().collect();
        rows = rows.iter().flat_map(|row| items.iter().map(move |item| extend(row, item))).collect();
    }
    Ok(Value::list(rows.into_iter().map(Value::list).collect()))
}

type Keys = BTreeSet<String>;

fn combine(call: &Call<'_>, with: impl Fn(&Keys, &Keys) -> Keys) -> EvalResult {
    let mut values = BTreeMap::new();
    let mut sets = Vec::new();
    for at in 0..call.args.len() {
        let items = call.list(at)?;
        values.extend(items.iter().map(|item| (key(item), item.clone())));
        sets.push(items.iter().map(key).collect::<Keys>());
    }
    let keys = sets.into_iter().reduce(|a, b| with(&a, &b)).unwrap_or_default();
    Ok(set(keys.iter().filter_map(|key| values.get(key).cloned()).collect()))
}

fn slice(call: &Call<'_>) -> EvalResult {
    let (items, from, to) = (call.list(0)?, call.whole(1)?, call.whole(2)?);
    let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    match bounds.and_then(|(from, to)| items.get(from..to)) {
        Some(items) => Ok(Value::list(items.to_vec())),
        None => call.error(format!("there is no part from {from} to {to} of a list of {}", items.len())),
    }
}

fn sort(call: &Call<'_>) -> EvalResult {
    let mut texts = call.texts(0)?;
    texts.sort();
    Ok(Value::list(texts.into_iter().map(Value::string).collect()))
}

/// A map of lists, turned inside out.
fn transpose(call: &Call<'_>) -> EvalResult {
    let mut turned: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, items) in call.map(0)? {
        let Value::List(items) = items else { return call.wrong(0, "a map of lists of strings") };
        for item in items.items() {
            turned.entry(call.wrap(0, types::to_string(item))?).or_default().push(Value::string(name));
        }
    }
    Ok(Value::map(turned.into_iter().map(|(name, items)| (name, Value::list(items))).collect()))
}

fn zipmap(call: &Call<'_>) -> EvalResult {
    let (names, values) = (call.texts(0)?, call.list(1)?);
    if names.len() != values.len() {
        return call.error(format!("there are {} keys and {} values", names.len(), values.len()));
    }
    Ok(Value::map(names.into_iter().zip(values.iter().cloned()).collect()))
}
