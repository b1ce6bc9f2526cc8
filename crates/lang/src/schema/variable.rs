//! `variable "n" { … }`.

use super::grammar::Grammar;
use super::reading::Reading;
use super::top::Context;
use super::type_expr;
use super::vars_input::{Given, Origin};
use crate::diagnostic::{Report, Sink, did_you_mean};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::{Names, NoNames};
use crate::eval::{Type, Value, types};
use crate::late::Late;
use crate::pipeline::{GivenValue, Variable};
use crate::span::{FileId, Spanned};
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

pub(super) const GRAMMAR: Grammar = Grammar {
    attributes: &["type", "default", "description", "sensitive"],
    blocks: &["validation", "secret"],
    later: &["nullable", "ephemeral"],
    ..Grammar::EMPTY
};

pub(super) const VALIDATION: Grammar =
    Grammar { attributes: &["condition", "error_message"], ..Grammar::EMPTY };

/// A variable that was declared.
pub(super) struct Declared<'a> {
    pub(super) name: Spanned<String>,
    pub(super) info: Variable,
    /// What `var.name` is; `None` if there is nothing, which was reported.
    pub(super) value: Option<Value>,
    /// The value that came with the pipeline, also of a secret.
    given: Option<Value>,
    pub(super) file: FileId,
    pub(super) secret: Option<&'a Block>,
    validations: Vec<&'a Block>,
}

impl Declared<'_> {
    /// The value that came with the pipeline, if it is a secret: as text, of what is no text its JSON form.
    pub(super) fn given_secret(&self) -> Option<String> {
        self.given.as_ref().filter(|_| self.info.is_secret).and_then(Value::to_text)
    }
}

/// The variable of a block.
pub(super) fn read<'a>(
    file: FileId,
    block: &'a Block,
    given: &BTreeMap<String, Given>,
    context: &Context<'_>,
) -> Option<Declared<'a>> {
    let scope = context.scope(file, &NoNames);
    let outer = Reading { body: &block.body, what: "the pipeline", scope: &scope, sink: context.sink };
    let [name] = outer.labels(block, ["variable"])?;
    let what = format!("`variable \"{}\"`", name.value);
    let reading = outer.inner(&block.body, &what);
    reading.check(&GRAMMAR);
    let _ = reading.only_block("secret");
    let secret = block.body.get_blocks("secret").next();
    let to = declared_type(&reading);
    let info = Variable {
        name: name.value.clone(),
        description: reading.text("description").map(|text| text.value),
        type_name: to.as_ref().map_or("any".to_owned(), ToString::to_string),
        has_default: reading.attribute("default").is_some(),
        is_secret: secret.is_some() || reading.flag("sensitive").is_some_and(|flag| flag.value),
        given: None,
    };
    let known = to.and_then(|to| value(&name, &to, given, &reading, context, info.is_secret));
    let value = match (&known, secret) {
        (Some(known), _) if info.is_secret => Some(leaf(&name, known)),
        (Some(known), _) => Some(known.clone()),
        (None, Some(_)) => Some(Late::Secret(name.value.clone()).into_value()),
        (None, None) => None,
    };
    let info = Variable { given: given_value(given.get(&name.value), known.as_ref(), &info), ..info };
    let validations = block.body.get_blocks("validation").collect();
    Some(Declared { name, info, value, given: known, file, secret, validations })
}

fn given_value(given: Option<&Given>, known: Option<&Value>, info: &Variable) -> Option<GivenValue> {
    let from_environment = matches!(given?.origin, Origin::Environment);
    Some(GivenValue { from_environment, value: known.filter(|_| !info.is_secret).map(Value::to_json) })
}

/// What `var.name` of a secret that came with the pipeline is. What is no text travels as JSON.
fn leaf(name: &Spanned<String>, known: &Value) -> Value {
    let secret = Late::Secret(name.value.clone());
    match known {
        Value::Null => Value::Null,
        Value::String(_) => secret.into_value(),
        _ => Late::Call { function: "jsondecode".to_owned(), args: vec![secret] }.into_value(),
    }
}

fn declared_type(reading: &Reading<'_>) -> Option<Type> {
    let Some(attribute) = reading.attribute("type") else { return Some(Type::Any) };
    type_expr::read(&attribute.value)
        .map_err(|why| {
            let report = Report::error("type", reading.scope.span(&attribute.value), why);
            reading.sink.add(report.hint(
                "a type is `string`, `number`, `bool`, `any`, `list(…)`, `set(…)`, `map(…)` or `object({…})`",
            ));
        })
        .ok()
}

fn value(
    name: &Spanned<String>,
    to: &Type,
    given: &BTreeMap<String, Given>,
    reading: &Reading<'_>,
    context: &Context<'_>,
    is_secret: bool,
) -> Option<Value> {
    let default = default(to, reading, is_secret);
    let fetched = reading.body.has_blocks("secret");
    let Some(given) = given.get(&name.value) else {
        if reading.attribute("default").is_none() && !fetched {
            let (name, span) = (&name.value, name.span);
            let report = Report::error("missing-value", span, format!("the variable `{name}` has no value"));
            reading.sink.add(report.hint(format!(
                "give it with `--var {name}=…`, `PIKOCI_VAR_{name}`, a file of `--vars`, or a `default`"
            )));
        }
        return default.filter(|_| !fetched);
    };
    let result = given.typed(to, context);
    result
        .map_err(|error| {
            let error = unquoted(error, to, is_secret);
            let message = format!("{}: {}", given.from(name), error.message);
            reading.sink.add(Report::error("value", name.span, message).maybe_hint(error.hint));
        })
        .ok()
}

fn default(to: &Type, reading: &Reading<'_>, is_secret: bool) -> Option<Value> {
    let value = reading.value("default")?;
    types::convert(&value, to)
        .map_err(|error| {
            let error = unquoted(error, to, is_secret);
            reading.sink.add(
                Report::error("value", value.span, format!("`default`: {}", error.message))
                    .maybe_hint(error.hint),
            );
        })
        .ok()
}

/// The error without what it may quote of a secret.
fn unquoted(error: EvalError, to: &Type, is_secret: bool) -> EvalError {
    match is_secret {
        true => EvalError { message: format!("the value is no `{to}`"), hint: None, ..error },
        false => error,
    }
}

/// Evaluates the conditions of a variable, with all variables known. That of a secret knows its own value, if it
/// came with the pipeline.
pub(super) fn validate(declared: &Declared<'_>, names: &dyn Names, context: &Context<'_>) {
    let own = Own { name: &declared.name, value: declared.given.as_ref(), names };
    for block in &declared.validations {
        let scope = context.scope(declared.file, &own);
        let reading = Reading { body: &block.body, what: "`validation`", scope: &scope, sink: context.sink };
        reading.check(&VALIDATION);
        if declared.given.is_none() {
            if declared.info.is_secret {
                let message =
                    format!("a fetched value of `{}` is not validated: it is not known here", *declared.name);
                context.sink.add(Report::warning("not-validated", scope.span(&block.ident), message));
            }
            continue;
        }
        let Some(condition) = condition(declared, &reading) else { continue };
        if !condition.value {
            let name = &declared.name.value;
            let outside = context.scope(declared.file, names);
            let reading = Reading { scope: &outside, ..reading };
            let why =
                reading.text("error_message").map_or("the condition is false".to_owned(), |text| text.value);
            let report = Report::error(
                "validation",
                condition.span,
                format!("the value of `{name}` is not valid: {why}"),
            );
            context.sink.add(report);
        }
    }
}

/// Whether the condition of a validation holds. An error in that of a secret is told without the value.
fn condition(declared: &Declared<'_>, reading: &Reading<'_>) -> Option<Spanned<bool>> {
    if !declared.info.is_secret {
        return reading.flag("condition");
    }
    let aside = Sink::default();
    let condition = Reading { sink: &aside, ..*reading }.flag("condition");
    if aside.has_errors() {
        let span = reading.attribute("condition").and_then(|attribute| reading.scope.span(&attribute.value));
        let message =
            format!("this cannot be computed with the value of `{}`, which is a secret", *declared.name);
        reading.sink.add(Report::error("validation", span, message));
    }
    condition
}

/// The names of a validation: the variable's own value is known in it, also if it is a secret.
struct Own<'a> {
    name: &'a str,
    value: Option<&'a Value>,
    names: &'a dyn Names,
}

impl Names for Own<'_> {
    fn member(&self, root: &str, key: &str) -> Option<EvalResult> {
        match self.value.filter(|_| root == "var" && key == self.name) {
            Some(value) => Some(Ok(value.clone())),
            None => self.names.member(root, key),
        }
    }

    fn whole(&self, root: &str) -> Option<EvalResult> {
        self.names.whole(root)
    }

    fn roots(&self) -> Vec<&str> {
        self.names.roots()
    }
}

/// Reports values for variables that nobody declares. The environment may well hold those of another pipeline.
pub(super) fn undeclared(given: &BTreeMap<String, Given>, declared: &[Declared<'_>], context: &Context<'_>) {
    for (name, value) in given {
        if declared.iter().any(|variable| variable.name.value == *name) {
            continue;
        }
        let message = format!("{}: the pipeline has no variable `{name}`", value.from(name));
        let hint = did_you_mean(name, declared.iter().map(|variable| variable.name.as_str()));
        match value.origin {
            Origin::Flag => {
                context.sink.add(Report::error("unknown-variable", None, message).maybe_hint(hint));
            }
            Origin::File(_) => {
                context.sink.add(Report::warning("unknown-variable", value.span, message).maybe_hint(hint));
            }
            Origin::Environment => {}
        }
    }
}
