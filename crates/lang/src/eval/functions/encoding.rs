//! Encodings and hashes.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

pub(super) const ALL: &[Function] = &[
    ("base64decode", 1, 1, base64decode),
    ("base64encode", 1, 1, |call| Ok(Value::string(STANDARD.encode(call.text(0)?)))),
    ("jsondecode", 1, 1, jsondecode),
    ("jsonencode", 1, 1, jsonencode),
    ("sha256", 1, 1, sha256),
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

fn sha256(call: &Call<'_>) -> EvalResult {
    let digest = Sha256::digest(call.text(0)?);
    Ok(Value::string(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// What a query string keeps as it is; a space becomes `+`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

fn urlencode(call: &Call<'_>) -> EvalResult {
    Ok(Value::string(utf8_percent_encode(&call.text(0)?, QUERY).to_string().replace(' ', "+")))
}
