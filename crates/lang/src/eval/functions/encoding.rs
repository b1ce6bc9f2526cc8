//! Encodings and hashes.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::types;
use crate::eval::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

pub(super) const ALL: &[Function] = &[
    ("base64decode", 1, 1, base64decode),
    ("base64encode", 1, 1, |call| Ok(Value::string(STANDARD.encode(call.text(0)?)))),
    ("csvdecode", 1, 1, csvdecode),
    ("jsondecode", 1, 1, jsondecode),
    ("jsonencode", 1, 1, jsonencode),
    ("md5", 1, 1, hashed::<Md5>),
    ("sha1", 1, 1, hashed::<Sha1>),
    ("sha256", 1, 1, hashed::<Sha256>),
    ("sha512", 1, 1, hashed::<Sha512>),
    ("urlencode", 1, 1, urlencode),
];

fn base64decode(call: &Call<'_>) -> EvalResult {
    let bytes = STANDARD.decode(call.text(0)?).or_else(|_| call.error("this is no base64"))?;
    String::from_utf8(bytes).map(Value::string).or_else(|_| call.error("what was encoded is no UTF-8 text"))
}

fn jsondecode(call: &Call<'_>) -> EvalResult {
    let text = call.text(0)?;
    let json = serde_json::from_str(&text)
        .map_err(|error| EvalError::new(format!("`jsondecode`: this is no JSON: {error}")))?;
    Value::from_json(&json).map_or_else(|| call.error("a number is too large"), Ok)
}

/// Like Go's encoder it escapes `<`, `>` and `&`, so that the text may stand in HTML.
fn jsonencode(call: &Call<'_>) -> EvalResult {
    let text = call.arg(0).to_json().to_string();
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Ok(Value::string(text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")))
}

fn hashed<D: Digest>(call: &Call<'_>) -> EvalResult {
    let digest = D::digest(call.text(0)?);
    Ok(Value::string(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// A list of maps, whose keys stand in the first line.
fn csvdecode(call: &Call<'_>) -> EvalResult {
    let text = call.text(0)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let names = reader.headers().map(|names| names.iter().map(str::to_owned).collect::<Vec<_>>());
    let names = names.or_else(|error| bad_csv(call, &error))?;
    if names.is_empty() {
        return call.error("the first line with the names of the columns is missing");
    }
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return call.error(format!("two columns have the name {}", types::quoted(twice.1)));
    }
    // The reader takes a quote that does not end for the end of the text.
    if text.matches('"').count() % 2 == 1 {
        return call.error("a quote does not end");
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.or_else(|error| bad_csv(call, &error))?;
        call.scope.budget.make(record.as_slice().len() as u64 + 64 * names.len() as u64)?;
        let row = names.iter().cloned().zip(record.iter().map(Value::string));
        rows.push(Value::map(row.collect()));
    }
    Ok(Value::list(rows))
}

fn bad_csv<T>(call: &Call<'_>, error: &csv::Error) -> EvalResult<T> {
    let place = error.position().map_or(String::new(), |position| format!(" (line {})", position.line()));
    call.error(format!(
        "this is no table of comma-separated values{place}: each line needs as many as the first"
    ))
}

/// What a query string keeps as it is; a space becomes `+`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

fn urlencode(call: &Call<'_>) -> EvalResult {
    Ok(Value::string(utf8_percent_encode(&call.text(0)?, QUERY).to_string().replace(' ', "+")))
}
