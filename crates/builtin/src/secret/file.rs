//! The secret type `file`: a file of the worker's host.

use crate::Failure;
use crate::answer::{Object, object};
use crate::call::Call;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The most bytes of such a file.
const FILE_BYTES: u64 = 1 << 20;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
    Env,
    Raw,
}

/// What the file at `path` holds.
///
/// # Errors
/// It cannot be read, or is not of its format; what it holds is never quoted.
pub(crate) fn get(call: &Call) -> Result<Object, Failure> {
    let path = call.needs("path")?;
    if Path::new(path).is_relative() {
        return Err(Failure::new(format!(
            "`{path}` is a relative path, and relative to nothing here: give the whole path"
        )));
    }
    let format = format(call.param("format"), path)?;
    let trouble = |why: String| Failure::new(format!("{path}: {why}"));
    let file = File::open(path).map_err(|error| trouble(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| trouble(error.to_string()))?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(trouble(format!("it has more than {FILE_BYTES} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| trouble("it is no UTF-8 text".to_owned()))?;
    // What a parser says would quote what it read.
    read(format, &text, call.param("key")).ok_or_else(|| {
        trouble(format!("it is not read as {format:?}, which must be an object of names and values"))
            .hint("`format` says what it is: json, yaml, env or raw")
    })
}

fn format(named: Option<&str>, path: &str) -> Result<Format, Failure> {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let is_dot_env = path.ends_with("/.env");
    match (named, extension) {
        (Some("json"), _) | (None, Some("json")) => Ok(Format::Json),
        (Some("yaml"), _) | (None, Some("yaml" | "yml")) => Ok(Format::Yaml),
        (Some("env"), _) | (None, Some("env")) => Ok(Format::Env),
        (None, _) if is_dot_env => Ok(Format::Env),
        (Some("raw"), _) | (None, _) => Ok(Format::Raw),
        (Some(other), _) => {
            Err(Failure::new(format!("there is no format `{other}`"))
                .hint("it can be json, yaml, env or raw"))
        }
    }
}

fn read(format: Format, text: &str, key: Option<&str>) -> Option<Object> {
    match format {
        Format::Json => as_object(serde_json::from_str(text).ok()?),
        Format::Yaml => as_object(yaml_serde::from_str(text).ok()?),
        Format::Env => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(pair)
            .collect(),
        // An editor's line feed at the end is no part of the secret.
        Format::Raw => Some(object([(key.unwrap_or("value"), text.trim_end_matches(['\n', '\r']))])),
    }
}

fn as_object(value: Value) -> Option<Object> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// `KEY=VALUE`, `export KEY="VALUE"`, `KEY='VALUE'`.
fn pair(line: &str) -> Option<(String, Value)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let value = match (within('\''), within('"')) {
        (Some(plain), _) => plain.to_owned(),
        (_, Some(escaped)) => unescape(escaped),
        _ => value.to_owned(),
    };
    is_name.then(|| (name.to_owned(), Value::from(value)))
}

fn unescape(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => made.push('\n'),
                Some('t') => made.push('\t'),
                Some(other) => made.push(other),
                None => made.push('\\'),
            },
            c => made.push(c),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file(name: &str, text: &str, more: &[(&str, &str)]) -> Result<Value, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        let pairs = [("param_path", path.to_str().unwrap())].into_iter().chain(more.iter().copied());
        get(&Call::of(pairs)).map(Value::Object).map_err(|failure| failure.to_string())
    }

    #[test]
    fn each_format_is_read() {
        let env = "# comment\n\nA=1\nexport B=\"two \\\"words\\\"\\n\"\nC='it''s $A'\n D = x=y \n";
        let cases = [
            ("a.json", r#"{"user":"u","n":1}"#, &[][..], json!({"user": "u", "n": 1})),
            ("a.yml", "user: u\nlist: [1, two]\n", &[], json!({"user": "u", "list": [1, "two"]})),
            ("a.env", env, &[], json!({"A": "1", "B": "two \"words\"\n", "C": "it''s $A", "D": "x=y"})),
            (".env", "A=1", &[], json!({"A": "1"})),
            ("token", "hunter2\n", &[], json!({"value": "hunter2"})),
            ("token", "hunter2\n", &[("param_key", "token")], json!({"token": "hunter2"})),
            ("a.txt", r#"{"a":1}"#, &[("param_format", "json")], json!({"a": 1})),
            ("a.json", "{", &[("param_format", "raw")], json!({"value": "{"})),
        ];
        for (name, text, more, expected) in cases {
            assert_eq!(file(name, text, more), Ok(expected), "{name}");
        }
    }

    #[test]
    fn trouble_never_quotes_the_file() {
        let cases = [
            ("a.json", "\"hunter2\"", &[][..], "is not read as Json"),
            ("a.json", "{hunter2", &[], "is not read as Json"),
            ("a.yaml", "hunter2: [", &[], "is not read as Yaml"),
            ("a.env", "hunter2", &[], "is not read as Env"),
            ("a", "x", &[("param_format", "toml")], "no format `toml`"),
        ];
        for (name, text, more, part) in cases {
            let failure = file(name, text, more).unwrap_err();
            assert!(failure.contains(part) && !failure.contains("hunter2"), "{failure}");
        }
        let failure = get(&Call::of([("param_path", "/dev/zero")])).unwrap_err().to_string();
        assert!(failure.contains("more than 1048576 bytes"), "{failure}");
        let failure = get(&Call::of([("param_path", "secrets.json")])).unwrap_err().to_string();
        assert!(failure.contains("relative path"), "{failure}");
    }
}
