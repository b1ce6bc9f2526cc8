//! Numbers.

use super::{Call, Function, MANY};
use crate::eval::error::EvalResult;
use crate::eval::number::Number;
use crate::eval::types;
use crate::eval::value::Value;

pub(super) const ALL: &[Function] = &[
    ("abs", 1, 1, |call| {
        call.number(0).map(|n| Value::Number(if n < Number::whole(0) { n.neg() } else { n }))
    }),
    ("ceil", 1, 1, |call| rounded(call, f64::ceil)),
    ("floor", 1, 1, |call| rounded(call, f64::floor)),
    ("log", 2, 2, log),
    ("max", 1, MANY, |call| {
        numbers(call).map(|all| all.into_iter().max().map_or(Value::Null, Value::Number))
    }),
    ("min", 1, MANY, |call| {
        numbers(call).map(|all| all.into_iter().min().map_or(Value::Null, Value::Number))
    }),
    ("parseint", 2, 2, parseint),
    ("pow", 2, 2, pow),
    ("signum", 1, 1, |call| call.number(0).map(|n| Value::whole(n.cmp(&Number::whole(0)) as i128))),
    ("sum", 1, 1, sum),
];

fn numbers(call: &Call<'_>) -> EvalResult<Vec<Number>> {
    (0..call.args.len()).map(|at| call.number(at)).collect()
}

fn finite(call: &Call<'_>, result: f64) -> EvalResult {
    Number::float(result)
        .map_or_else(|| call.error("there is no such number"), |number| Ok(Value::Number(number)))
}

fn rounded(call: &Call<'_>, round: fn(f64) -> f64) -> EvalResult {
    let number = call.number(0)?;
    if number.as_i128().is_some() {
        return Ok(Value::Number(number));
    }
    let rounded = round(number.as_f64());
    Ok(Value::whole(rounded as i128))
}

fn log(call: &Call<'_>) -> EvalResult {
    finite(call, call.number(0)?.as_f64().ln() / call.number(1)?.as_f64().ln())
}

fn pow(call: &Call<'_>) -> EvalResult {
    let (base, exponent) = (call.number(0)?, call.number(1)?);
    if let (Some(base), Some(exponent)) = (base.as_i128(), exponent.as_usize())
        && let Some(exact) = u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))
    {
        return Ok(Value::whole(exact));
    }
    finite(call, base.as_f64().powf(exponent.as_f64()))
}

fn parseint(call: &Call<'_>) -> EvalResult {
    let (text, base) = (call.text(0)?, call.whole(1)?);
    match u32::try_from(base) {
        Ok(base @ 2..=36) => i128::from_str_radix(&text, base)
            .map(Value::whole)
            .or_else(|_| call.error(format!("{} is no whole number in base {base}", types::quoted(&text)))),
        _ => call.error("the base is a number from 2 to 36"),
    }
}

fn sum(call: &Call<'_>) -> EvalResult {
    let items = call.list(0)?;
    if items.is_empty() {
        return call.error("there is nothing to add up");
    }
    let mut total = Number::whole(0);
    for item in items {
        let number = call.wrap(0, types::to_number(item))?;
        total = match total.add(number) {
            Some(total) => total,
            None => return call.error("the result is too large for a number"),
        };
    }
    Ok(Value::Number(total))
}
