//! `format`: the verbs of Go's `fmt` that make sense here.

use super::Call;
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::types;
use crate::eval::value::Value;

/// The largest width and precision.
const MOST_WIDTH: usize = 1_000;

/// One `%…` of a format.
#[derive(Debug, Default, Clone)]
struct Verb {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    index: Option<usize>,
    letter: char,
}

pub(super) fn format(call: &Call<'_>) -> EvalResult {
    let text = call.text(0)?;
    formatted(call, &text, &call.args[1..]).map(Value::string)
}

/// `format` for each element of the lists among the arguments, which are of one length.
pub(super) fn formatlist(call: &Call<'_>) -> EvalResult {
    let text = call.text(0)?;
    let lengths: Vec<usize> = call.args[1..]
        .iter()
        .filter_map(|arg| match arg {
            Value::List(list) => Some(list.items().len()),
            _ => None,
        })
        .collect();
    let count = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|length| *length != count) {
        return call.error("the lists have different lengths");
    }
    let row = |at: usize| -> Vec<Value> {
        let cell = |arg: &Value| match arg {
            Value::List(list) => list.items().get(at).cloned().unwrap_or(Value::Null),
            other => other.clone(),
        };
        call.args[1..].iter().map(cell).collect()
    };
    let rows = (0..count).map(|at| formatted(call, &text, &row(at)).map(Value::string));
    Ok(Value::list(rows.collect::<Result<_, _>>()?))
}

fn formatted(call: &Call<'_>, text: &str, args: &[Value]) -> EvalResult<String> {
    let (mut out, mut rest, mut next, mut used) = (String::new(), text, 0, 0);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (verb, after) = verb(&rest[at + 1..]).ok_or_else(|| bad_verb(call, &rest[at..]))?;
        rest = after;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let at = verb.index.unwrap_or(next);
        let Some(arg) = args.get(at) else {
            return call.error(format!("there is no argument {} for `%{}`", at + 1, verb.letter));
        };
        (next, used) = (at + 1, used.max(at + 1));
        let piece = render(&verb, arg).map_err(|error| error.wrap(call, at))?;
        call.scope.budget.make(out.len() as u64 / 64 + piece.len() as u64)?;
        out.push_str(&piece);
    }
    if used < args.len() && !text.contains("%[") {
        return call.error(format!("the format uses {used} of {} arguments", args.len()));
    }
    out.push_str(rest);
    Ok(out)
}

fn bad_verb(call: &Call<'_>, rest: &str) -> EvalError {
    let shown: String = rest.chars().take(4).collect();
    EvalError::new(format!("`{}`: `{shown}` is no verb", call.name))
        .hint("there are %s %d %f %g %e %t %q %v %x %X %o %b and %%")
}

/// The verb after a `%`, and what follows it.
fn verb(mut rest: &str) -> Option<(Verb, &str)> {
    let mut verb = Verb::default();
    loop {
        match rest.chars().next()? {
            '-' => verb.left = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    (verb.width, rest) = digits(rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after)?;
        (verb.precision, rest) = (Some(precision), after);
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = digits(after)?;
        (verb.index, rest) = (Some(index.checked_sub(1)?), after.strip_prefix(']')?);
    }
    verb.letter = rest.chars().next().filter(|letter| "sdfFgGeEtqvxXob%".contains(*letter))?;
    Some((verb.clone(), &rest[1..]))
}

fn digits(text: &str) -> Option<(usize, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = if count == 0 { 0 } else { text[..count].parse().ok()? };
    (number <= MOST_WIDTH).then_some((number, &text[count..]))
}

fn render(verb: &Verb, arg: &Value) -> EvalResult<String> {
    let text = match verb.letter {
        'd' => signed(verb, whole(arg)?.to_string()),
        'x' => signed(verb, hex(arg, false)?),
        'X' => signed(verb, hex(arg, true)?),
        'o' => signed(verb, radix(whole(arg)?, "", |n| format!("{n:o}"))),
        'b' => signed(verb, radix(whole(arg)?, "", |n| format!("{n:b}"))),
        'f' | 'F' => {
            signed(verb, format!("{:.*}", verb.precision.unwrap_or(6), types::to_number(arg)?.as_f64()))
        }
        'e' | 'E' | 'g' | 'G' => signed(verb, float(verb, types::to_number(arg)?.as_f64())),
        't' => types::to_bool(arg)?.to_string(),
        'q' => serde_json::Value::from(types::to_string(arg)?).to_string(),
        's' => cut(verb, types::to_string(arg)?),
        _ if verb.sharp => arg.to_json().to_string(),
        _ => any(arg),
    };
    Ok(pad(verb, text))
}

fn any(arg: &Value) -> String {
    match arg {
        Value::Null => "null".to_owned(),
        other => other.to_text().unwrap_or_default(),
    }
}

fn whole(arg: &Value) -> EvalResult<i128> {
    let number = types::to_number(arg)?;
    number.as_i128().ok_or_else(|| EvalError::new(format!("a whole number is needed, and this is {number}")))
}

fn radix(number: i128, prefix: &str, digits: impl Fn(u128) -> String) -> String {
    format!("{}{prefix}{}", if number < 0 { "-" } else { "" }, digits(number.unsigned_abs()))
}

/// A number in base 16, or the bytes of a text.
fn hex(arg: &Value, upper: bool) -> EvalResult<String> {
    let text = match arg {
        Value::String(text) if types::to_number(arg).is_err() => {
            text.bytes().map(|byte| format!("{byte:02x}")).collect()
        }
        _ => radix(whole(arg)?, "", |n| format!("{n:x}")),
    };
    Ok(if upper { text.to_uppercase() } else { text })
}

/// `1.5e+06`, as Go writes it, for `e`; the shorter of both forms for `g`.
fn float(verb: &Verb, number: f64) -> String {
    let scientific = |text: String| match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    };
    let text = match (verb.letter.to_ascii_lowercase(), verb.precision) {
        ('e', precision) => scientific(format!("{number:.*e}", precision.unwrap_or(6))),
        (_, None) if number == 0.0 || (1e-4..1e21).contains(&number.abs()) => number.to_string(),
        (_, None) => scientific(format!("{number:e}")),
        (_, Some(precision)) => significant(number, precision.max(1)),
    };
    if verb.letter.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

fn significant(number: f64, digits: usize) -> String {
    let exact = format!("{number:.*e}", digits - 1).parse::<f64>().unwrap_or(number);
    exact.to_string()
}

fn signed(verb: &Verb, text: String) -> String {
    match (text.starts_with('-'), verb.plus, verb.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    }
}

fn cut(verb: &Verb, text: String) -> String {
    match verb.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text,
    }
}

fn pad(verb: &Verb, text: String) -> String {
    let missing = verb.width.saturating_sub(text.chars().count());
    match (verb.left, verb.zero) {
        (true, _) => text + &" ".repeat(missing),
        (false, true) => {
            let sign = text.len() - text.trim_start_matches(['-', '+', ' ']).len();
            format!("{}{}{}", &text[..sign.min(1)], "0".repeat(missing), &text[sign.min(1)..])
        }
        (false, false) => " ".repeat(missing) + &text,
    }
}

impl EvalError {
    /// Says which argument of the call is meant.
    fn wrap(self, call: &Call<'_>, at: usize) -> Self {
        Self {
            message: format!("the {} argument of `{}`: {}", super::ordinal(at + 1), call.name, self.message),
            ..self
        }
    }
}
