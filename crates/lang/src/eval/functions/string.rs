//! Texts.

use super::{Call, Function, MANY, format};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::value::Value;
use regex::{Captures, Regex, RegexBuilder};

pub(super) const ALL: &[Function] = &[
    ("chomp", 1, 1, |call| Ok(Value::string(call.text(0)?.trim_end_matches(['\n', '\r'])))),
    ("endswith", 2, 2, |call| Ok(Value::Bool(call.text(0)?.ends_with(&call.text(1)?)))),
    ("format", 1, MANY, format::format),
    ("formatlist", 1, MANY, format::formatlist),
    ("indent", 2, 2, indent),
    ("join", 2, MANY, join),
    ("lower", 1, 1, |call| Ok(Value::string(call.text(0)?.to_lowercase()))),
    ("regex", 2, 2, regex),
    ("regexall", 2, 2, regexall),
    ("regexreplace", 3, 3, regexreplace),
    ("replace", 3, 3, replace),
    ("split", 2, 2, split),
    ("startswith", 2, 2, |call| Ok(Value::Bool(call.text(0)?.starts_with(&call.text(1)?)))),
    ("strcontains", 2, 2, |call| Ok(Value::Bool(call.text(0)?.contains(&call.text(1)?)))),
    ("strlen", 1, 1, |call| Ok(Value::whole(call.text(0)?.chars().count() as i128))),
    ("strrev", 1, 1, |call| Ok(Value::string(call.text(0)?.chars().rev().collect::<String>()))),
    ("substr", 3, 3, substr),
    ("title", 1, 1, |call| Ok(Value::string(title(&call.text(0)?)))),
    ("trim", 2, 2, trim),
    ("trimprefix", 2, 2, trimprefix),
    ("trimspace", 1, 1, |call| Ok(Value::string(call.text(0)?.trim()))),
    ("trimsuffix", 2, 2, trimsuffix),
    ("upper", 1, 1, |call| Ok(Value::string(call.text(0)?.to_uppercase()))),
];

/// Spaces before every line but the first.
fn indent(call: &Call<'_>) -> EvalResult {
    let (width, text) = (call.whole(0)?, call.text(1)?);
    let Some(width) = usize::try_from(width).ok().filter(|width| *width <= 1_000) else {
        return call.error("so many spaces are more than 1,000");
    };
    let lines = text.matches('\n').count();
    call.scope.budget.make((text.len() + lines * width) as u64)?;
    Ok(Value::string(text.replace('\n', &format!("\n{}", " ".repeat(width)))))
}

/// The elements of all lists, in order, with the separator between.
fn join(call: &Call<'_>) -> EvalResult {
    let separator = call.text(0)?;
    let mut texts = Vec::new();
    for at in 1..call.args.len() {
        texts.extend(call.texts(at)?);
    }
    let size = texts.iter().map(|text| text.len() + separator.len()).sum::<usize>();
    call.scope.budget.make(size as u64)?;
    Ok(Value::string(texts.join(&separator)))
}

fn split(call: &Call<'_>) -> EvalResult {
    let (separator, text) = (call.text(0)?, call.text(1)?);
    if separator.is_empty() {
        return Ok(Value::list(text.chars().map(|letter| Value::string(letter.to_string())).collect()));
    }
    Ok(Value::list(text.split(&separator).map(Value::string).collect()))
}

/// `length` characters from `offset`; a negative offset counts from the end, a negative length is the rest.
fn substr(call: &Call<'_>) -> EvalResult {
    let (text, offset, length) = (call.text(0)?, call.whole(1)?, call.whole(2)?);
    let letters: Vec<char> = text.chars().collect();
    let count = letters.len() as i128;
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    Ok(Value::string(letters[start as usize..end as usize].iter().collect::<String>()))
}

fn title(text: &str) -> String {
    let mut previous = ' ';
    let letter = |letter: char| {
        let begins = !(previous.is_alphanumeric() || previous == '_' || previous == '\'');
        previous = letter;
        if begins { letter.to_uppercase().collect::<String>() } else { letter.to_string() }
    };
    text.chars().map(letter).collect()
}

fn trim(call: &Call<'_>) -> EvalResult {
    let (text, cut) = (call.text(0)?, call.text(1)?);
    Ok(Value::string(text.trim_matches(|letter| cut.contains(letter))))
}

fn trimprefix(call: &Call<'_>) -> EvalResult {
    let (text, prefix) = (call.text(0)?, call.text(1)?);
    Ok(Value::string(text.strip_prefix(&prefix).unwrap_or(&text)))
}

fn trimsuffix(call: &Call<'_>) -> EvalResult {
    let (text, suffix) = (call.text(0)?, call.text(1)?);
    Ok(Value::string(text.strip_suffix(&suffix).unwrap_or(&text)))
}

/// A search text within slashes is a regular expression.
fn replace(call: &Call<'_>) -> EvalResult {
    let (text, search, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if search.len() > 1 && search.starts_with('/') && search.ends_with('/') {
        return replace_pattern(call, &text, &pattern(call, &search[1..search.len() - 1])?, &with);
    }
    let times = if search.is_empty() { text.chars().count() + 1 } else { text.matches(&search).count() };
    call.scope.budget.make((text.len() + times.saturating_mul(with.len())) as u64)?;
    Ok(Value::string(text.replace(&search, &with)))
}

fn regexreplace(call: &Call<'_>) -> EvalResult {
    let (text, search, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    replace_pattern(call, &text, &pattern(call, &search)?, &with)
}

/// `$1`, `${name}` in `with` are what a group matched.
fn replace_pattern(call: &Call<'_>, text: &str, pattern: &Regex, with: &str) -> EvalResult {
    let (mut out, mut from) = (String::new(), 0);
    for captures in pattern.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[from..whole.start()]);
        captures.expand(with, &mut out);
        from = whole.end();
        call.scope.budget.make(out.len() as u64 / 64 + with.len() as u64)?;
        if out.len() > 1 << 24 {
            return Err(EvalError::fatal("this makes a value larger than 16 MiB"));
        }
    }
    out.push_str(&text[from..]);
    Ok(Value::string(out))
}

/// A regular expression in RE2's syntax, which takes time in proportion to the text.
fn pattern(call: &Call<'_>, pattern: &str) -> EvalResult<Regex> {
    call.scope.budget.spend(1_000 + pattern.len() as u64)?;
    let built = RegexBuilder::new(pattern).size_limit(1 << 20).dfa_size_limit(1 << 20).nest_limit(50).build();
    built.map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        EvalError::new(format!("`{}`: the pattern is wrong: {why}", call.name))
    })
}

/// The first match: a text, a list of its groups, or a map where they have names.
fn regex(call: &Call<'_>) -> EvalResult {
    let (search, text) = (call.text(0)?, call.text(1)?);
    let pattern = pattern(call, &search)?;
    match pattern.captures(&text) {
        Some(captures) => groups(call, &pattern, &captures),
        None => call.error("the pattern matches nothing in the text"),
    }
}

fn regexall(call: &Call<'_>) -> EvalResult {
    let (search, text) = (call.text(0)?, call.text(1)?);
    let pattern = pattern(call, &search)?;
    let found = pattern.captures_iter(&text).map(|captures| {
        call.scope.budget.spend(4)?;
        groups(call, &pattern, &captures)
    });
    Ok(Value::list(found.collect::<Result<_, _>>()?))
}

fn groups(call: &Call<'_>, pattern: &Regex, captures: &Captures<'_>) -> EvalResult {
    let text = |at| captures.get(at).map_or(Value::Null, |found| Value::string(found.as_str()));
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(text(0));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::list((1..=names.len()).map(text).collect()));
    }
    let named: Option<Vec<_>> =
        names.iter().enumerate().map(|(at, name)| Some(((*name)?.to_owned(), text(at + 1)))).collect();
    match named {
        Some(named) => Ok(Value::map(named.into_iter().collect())),
        None => call.error("either all groups of the pattern have names, or none"),
    }
}
