//! `variable "n" { … }`.

use super::reading::{Grammar, Reading};
use super::top::Context;
use super::type_expr;
use super::vars_input::{Given, Origin};
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::scope::{Names, NoNames};
use crate::eval::{Type, Value, types};
use crate::pipeline::Variable;
use crate::span::{FileId, Spanned};
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

const GRAMMAR: Grammar = Grammar {
    attributes: &["type", "default", "description", "sensitive"],
    blocks: &["validation"],
    later: &["secret", "nullable", "ephemeral"],
};

const VALIDATION: Grammar = Grammar { attributes: &["condition", "error_message"], blocks: &[], later: &[] };

/// A variable that was declared.
pub(super) struct Declared<'a> {
    pub(super) name: Spanned<String>,
    pub(super) info: Variable,
    /// Its value; `None` if there is none, which was reported.
    pub(super) value: Option<Value>,
    pub(super) validations: Vec<(FileId, &'a Block)>,
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
    refuse_sensitive(&reading);
    let to = declared_type(&reading);
    let info = Variable {
        name: name.value.clone(),
        description: reading.text("description").map(|text| text.value),
        type_name: to.as_ref().map_or("any".to_owned(), ToString::to_string),
        has_default: reading.attribute("default").is_some(),
    };
    let value = to.and_then(|to| value(&name, &to, given, &reading, context));
    let validations = block.body.get_blocks("validation").map(|block| (file, block)).collect();
    Some(Declared { name, info, value, validations })
}

/// A value that must not be seen is refused as long as nothing masks it.
fn refuse_sensitive(reading: &Reading<'_>) {
    if let Some(flag) = reading.flag("sensitive").filter(|flag| flag.value) {
        let report = Report::error("not-yet", flag.span, "`sensitive` variables are not there yet");
        reading.sink.add(report.hint("nothing masks the value so far; leave secrets out of the pipeline"));
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
) -> Option<Value> {
    let default = default(to, reading);
    let Some(given) = given.get(&name.value) else {
        if reading.attribute("default").is_none() {
            let (name, span) = (&name.value, name.span);
            let report = Report::error("missing-value", span, format!("the variable `{name}` has no value"));
            reading.sink.add(report.hint(format!(
                "give it with `--var {name}=…`, `PIKOCI_VAR_{name}`, a file of `--vars`, or a `default`"
            )));
        }
        return default;
    };
    let result = given.typed(to, context);
    result
        .map_err(|error| {
            let message = format!("{}: {}", given.from(name), error.message);
            reading
                .sink
                .add(Report::error("value", given.span.or(Some(name.span)), message).maybe_hint(error.hint));
        })
        .ok()
}

fn default(to: &Type, reading: &Reading<'_>) -> Option<Value> {
    let value = reading.value("default")?;
    types::convert(&value, to)
        .map_err(|error| {
            reading.sink.add(
                Report::error("value", value.span, format!("`default`: {}", error.message))
                    .maybe_hint(error.hint),
            );
        })
        .ok()
}

/// Evaluates the conditions of a variable, with all variables known.
pub(super) fn validate(declared: &Declared<'_>, names: &dyn Names, context: &Context<'_>) {
    for (file, block) in &declared.validations {
        let scope = context.scope(*file, names);
        let reading = Reading { body: &block.body, what: "`validation`", scope: &scope, sink: context.sink };
        reading.check(&VALIDATION);
        let Some(condition) = reading.flag("condition") else { continue };
        if !condition.value {
            let name = &declared.name.value;
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
