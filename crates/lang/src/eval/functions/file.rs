//! Files below the pipeline's directory, and names of files.

use super::{Call, Function};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::{Names, Scope};
use crate::eval::template;
use crate::eval::types;
use crate::eval::value::Value;
use crate::files::{ReadError, normal};
use hcl_edit::template::Template;
use regex::{Regex, RegexBuilder};
use std::collections::BTreeMap;

pub(super) const ALL: &[Function] = &[
    ("basename", 1, 1, |call| Ok(Value::string(basename(&call.text(0)?)))),
    ("dirname", 1, 1, |call| Ok(Value::string(dirname(&call.text(0)?)))),
    ("file", 1, 1, file),
    ("fileexists", 1, 1, fileexists),
    ("fileset", 2, 2, fileset),
    ("templatefile", 2, 2, templatefile),
];

/// How deep templates may call `templatefile`.
const MOST_NESTED: u32 = 8;

fn basename(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".".to_owned(),
        (false, true) => "/".to_owned(),
        (false, false) => trimmed.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        None => ".".to_owned(),
        Some(at) => match path[..at].trim_end_matches('/') {
            "" => "/".to_owned(),
            parent => parent.to_owned(),
        },
    }
}

fn path(call: &Call<'_>) -> EvalResult<String> {
    normal(&call.text(0)?).map_err(|why| EvalError::new(format!("`{}`: {why}", call.name)))
}

fn read(call: &Call<'_>) -> EvalResult<String> {
    let path = path(call)?;
    let bytes =
        call.scope.files.read(&path).map_err(|why| EvalError::new(format!("cannot read `{path}`: {why}")))?;
    call.scope.budget.make(bytes.len() as u64)?;
    String::from_utf8(bytes).map_err(|_| EvalError::new(format!("`{path}` is no UTF-8 text")))
}

fn file(call: &Call<'_>) -> EvalResult {
    read(call).map(Value::string)
}

fn fileexists(call: &Call<'_>) -> EvalResult {
    let path = path(call)?;
    match call.scope.files.read(&path) {
        Ok(_) => Ok(Value::Bool(true)),
        Err(ReadError::NotFound) => Ok(Value::Bool(false)),
        Err(ReadError::Other(why)) => call.error(format!("cannot read `{path}`: {why}")),
    }
}

/// The files below a directory whose paths from there match a pattern.
fn fileset(call: &Call<'_>) -> EvalResult {
    let (directory, pattern) = (call.text(0)?, call.text(1)?);
    let directory = match directory.trim_matches('/') {
        "" | "." if !directory.starts_with('/') => String::new(),
        _ => normal(&directory).map_err(|why| EvalError::new(format!("`fileset`: {why}")))? + "/",
    };
    let Some(pattern) = glob(&pattern) else { return call.error("the pattern cannot be read") };
    let all = call.scope.files.list(&directory);
    let all = all.map_err(|why| EvalError::new(format!("`fileset`: cannot list `{directory}`: {why}")))?;
    call.scope.budget.spend(all.iter().map(|path| path.len() as u64).sum::<u64>() / 8)?;
    let below = |path: &str| path.strip_prefix(&directory).is_some_and(|below| pattern.is_match(below));
    let picked: Vec<&str> = all.iter().map(String::as_str).filter(|path| below(path)).collect();
    call.scope.files.picked(&picked);
    Ok(types::set(picked.into_iter().map(|path| Value::string(&path[directory.len()..])).collect()))
}

/// `*` is any text without `/`, `**` any with it, `?` a character, `[…]` one of these, `{a,b}` either.
fn glob(pattern: &str) -> Option<Regex> {
    let mut text = "^".to_owned();
    let (mut rest, mut braces) = (pattern, 0);
    while let Some(letter) = rest.chars().next() {
        let (taken, made) = match letter {
            '*' if rest.starts_with("**/") => (3, "(?:.*/)?".to_owned()),
            '*' if rest.starts_with("**") => (2, ".*".to_owned()),
            '*' => (1, "[^/]*".to_owned()),
            '?' => (1, "[^/]".to_owned()),
            '[' => {
                let end = rest.find(']').filter(|end| *end > 1)?;
                let inner = rest[1..end].replace('\\', "\\\\").replace('[', "\\[");
                (
                    end + 1,
                    format!(
                        "[{}]",
                        inner.strip_prefix('!').map_or(inner.clone(), |inner| format!("^{inner}"))
                    ),
                )
            }
            '{' => {
                braces += 1;
                (1, "(?:".to_owned())
            }
            '}' if braces > 0 => {
                braces -= 1;
                (1, ")".to_owned())
            }
            ',' if braces > 0 => (1, "|".to_owned()),
            other => (other.len_utf8(), regex::escape(&other.to_string())),
        };
        text += &made;
        rest = &rest[taken..];
    }
    RegexBuilder::new(&(text + "$")).size_limit(1 << 20).build().ok()
}

fn templatefile(call: &Call<'_>) -> EvalResult {
    let (path, names) = (path(call)?, Given(call.map(1)?));
    let text = read(call)?;
    let template: Template = text.parse().map_err(|error: hcl_edit::parser::Error| {
        let line = error.location().line();
        EvalError::new(format!("`{path}`, line {line}: {}", error.message()))
    })?;
    let depth = call.scope.templates.get();
    if depth >= MOST_NESTED {
        return Err(EvalError::fatal("templates call `templatefile` more than 8 levels deep"));
    }
    call.scope.templates.set(depth + 1);
    let scope = Scope { names: &names, bound: None, ..*call.scope };
    let result = template::file(&template, &scope);
    call.scope.templates.set(depth);
    // Spans of the template are of another file.
    result.map_err(|error| EvalError { message: format!("`{path}`: {}", error.message), span: None, ..error })
}

/// What a template of a file may name: the keys of the map it is given.
struct Given<'a>(&'a BTreeMap<String, Value>);

impl Names for Given<'_> {
    fn member(&self, root: &str, key: &str) -> Option<EvalResult> {
        let value = self.0.get(root)?;
        Some(crate::eval::traversal::attribute(value, key))
    }

    fn whole(&self, root: &str) -> Option<EvalResult> {
        self.0.get(root).map(|value| Ok(value.clone()))
    }

    fn roots(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
