//! YAML, read and written.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::number::Number;
use crate::eval::value::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(super) const ALL: &[Function] = &[("yamldecode", 1, 1, yamldecode), ("yamlencode", 1, 1, yamlencode)];

/// A text in which aliases multiply more than this is refused.
const MOST_ALIASES: usize = 1_000;

fn yamldecode(call: &Call<'_>) -> EvalResult {
    let text = call.text(0)?;
    if text.trim().is_empty() {
        return call.error("there is nothing in it");
    }
    // Aliases of aliases multiply; the reader's own limit is in the number of events.
    if text.matches('*').count() > MOST_ALIASES {
        return call.error("it has more than 1,000 aliases");
    }
    let mut yaml: yaml_serde::Value = yaml_serde::from_str(&text)
        .map_err(|error| EvalError::new(format!("`yamldecode`: this is no YAML: {error}")))?;
    if yaml.apply_merge().is_err() {
        return call.error("`<<` takes a map or a list of maps");
    }
    read(call, &yaml)
}

fn read(call: &Call<'_>, yaml: &yaml_serde::Value) -> EvalResult {
    call.scope.budget.spend(1)?;
    Ok(match yaml {
        yaml_serde::Value::Null => Value::Null,
        yaml_serde::Value::Bool(bool) => Value::Bool(*bool),
        yaml_serde::Value::Number(number) => match Number::parse(&number.to_string()) {
            Some(number) => Value::Number(number),
            None => return call.error(format!("{number} is no number here")),
        },
        yaml_serde::Value::String(text) => Value::string(text),
        yaml_serde::Value::Sequence(items) => {
            Value::list(items.iter().map(|item| read(call, item)).collect::<Result<_, _>>()?)
        }
        yaml_serde::Value::Mapping(items) => {
            let mut entries = BTreeMap::new();
            for (key, item) in items {
                let Some(key) = read(call, key)?.to_text() else { return call.error("a key is null") };
                entries.insert(key, read(call, item)?);
            }
            Value::map(entries)
        }
        yaml_serde::Value::Tagged(tagged) => read(call, &tagged.value)?,
    })
}

fn yamlencode(call: &Call<'_>) -> EvalResult {
    let value = call.arg(0);
    let mut out = String::new();
    write(value, 0, &mut out);
    out = out.trim_start_matches([' ', '\n']).to_owned();
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        out.push_str("...\n");
    }
    call.scope.budget.make(out.len() as u64)?;
    Ok(Value::string(out))
}

/// Writes a value behind a key or a dash, with what must stand between and a line feed at its end.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::List(list) if !list.items().is_empty() => {
            out.push('\n');
            write_list(list.items(), indent, out);
        }
        Value::Map(map) if !map.entries().is_empty() => {
            out.push('\n');
            write_map(map.entries(), indent, out);
        }
        Value::List(_) => out.push_str(" []\n"),
        Value::Map(_) => out.push_str(" {}\n"),
        Value::String(text) => write_text(text, indent, out),
        other => {
            let text = other.to_text().unwrap_or_else(|| "null".to_owned());
            let _ = writeln!(out, " {text}");
        }
    }
}

fn write_list(items: &[Value], indent: usize, out: &mut String) {
    for item in items {
        let _ = write!(out, "{:indent$}-", "");
        // The first line of what is nested stands behind the dash.
        let mut inner = String::new();
        match item {
            Value::List(_) | Value::Map(_) => write(item, indent + 2, &mut inner),
            item => write(item, indent, &mut inner),
        }
        match inner.strip_prefix('\n') {
            Some(lines) => {
                out.push(' ');
                out.push_str(lines.get(indent + 2..).unwrap_or_default());
            }
            None => out.push_str(&inner),
        }
    }
}

fn write_map(entries: &BTreeMap<String, Value>, indent: usize, out: &mut String) {
    for (key, item) in entries {
        let _ = write!(out, "{:indent$}{}:", "", double_quoted(key));
        match item {
            Value::Map(_) => write(item, indent + 2, out),
            // Lists stand below their key.
            item => write(item, indent, out),
        }
    }
}

/// A text of several lines as a block, any other in quotes.
fn write_text(text: &str, indent: usize, out: &mut String) {
    let plain = |letter: char| letter == '\n' || !letter.is_control();
    if !text.contains('\n') || text.contains(" \n") || text.ends_with(' ') || !text.chars().all(plain) {
        let _ = writeln!(out, " {}", double_quoted(text));
        return;
    }
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let chomp = match (text.strip_suffix('\n'), text.ends_with("\n\n") || text == "\n") {
        (None, _) => "-",
        (Some(_), true) => "+",
        (Some(_), false) => "",
    };
    let _ = writeln!(out, " |{hint}{chomp}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        match line.is_empty() {
            true => out.push('\n'),
            false => {
                let _ = writeln!(out, "{:width$}{line}", "", width = indent + 2);
            }
        }
    }
}

fn double_quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
