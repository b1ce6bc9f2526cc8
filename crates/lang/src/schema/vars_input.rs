//! The values that the caller has for variables, in their order of precedence.

use crate::diagnostic::Report;
use crate::eval::error::EvalError;
use crate::eval::scope::NoNames;
use crate::eval::{self, Type, Value, types};
use crate::load::Variables;
use crate::schema::top::Context;
use crate::span::Span;
use crate::syntax::{self, Lines};
use hcl_edit::structure::Structure;
use std::collections::BTreeMap;

/// Where a value came from, for messages.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Flag,
    File(String),
    Environment,
}

/// A value that the caller gave.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: Value,
    /// Whether it came as text, so that it is still to be read by the variable's type.
    is_text: bool,
    pub(super) origin: Origin,
    pub(super) span: Option<Span>,
}

/// All values that the caller gave, the one with the highest precedence for each name.
pub(super) fn gather(variables: &Variables, context: &Context<'_>) -> BTreeMap<String, Given> {
    let mut given = BTreeMap::new();
    for (name, text) in &variables.environment {
        given.insert(name.clone(), Given::text(text, Origin::Environment));
    }
    for file in &variables.files {
        let origin = Origin::File(file.name.clone());
        for (name, value, span) in read_file(&file.name, &file.bytes, context) {
            given.insert(name, Given { value, is_text: false, origin: origin.clone(), span });
        }
    }
    for (name, text) in &variables.flags {
        given.insert(name.clone(), Given::text(text, Origin::Flag));
    }
    given
}

impl Given {
    fn text(text: &str, origin: Origin) -> Self {
        Self { value: Value::string(text), is_text: true, origin, span: None }
    }

    /// The value as one of that type. A text for a list, map or object is read as an expression.
    pub(super) fn typed(&self, to: &Type, context: &Context<'_>) -> Result<Value, EvalError> {
        let plain = matches!(to, Type::Any | Type::String | Type::Number | Type::Bool);
        match (&self.value, self.is_text && !plain) {
            (Value::String(text), true) => types::convert(&expression(text, context)?, to),
            (value, _) => types::convert(value, to),
        }
    }

    /// `--var name`, `the file x`.
    pub(super) fn from(&self, name: &str) -> String {
        match &self.origin {
            Origin::Flag => format!("`--var {name}`"),
            Origin::File(file) => format!("`{name}` in `{file}`"),
            Origin::Environment => format!("`PIKOCI_VAR_{name}`"),
        }
    }
}

fn expression(text: &str, context: &Context<'_>) -> Result<Value, EvalError> {
    let parsed = text.parse::<hcl_edit::expr::Expression>();
    let expr = parsed.map_err(|_| EvalError::new(format!("{} is no list or map", types::quoted(text))))?;
    let file = context.sources.add("a variable", text.to_owned());
    eval::eval(&expr, &context.scope(file, &NoNames)).map_err(|error| EvalError { span: None, ..error })
}

type Entries = Vec<(String, Value, Option<Span>)>;

/// JSON or HCL, by the extension, else by the first character.
fn read_file(name: &str, bytes: &[u8], context: &Context<'_>) -> Entries {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let hcl = name.ends_with(".hcl") || name.ends_with(".tfvars");
    if name.ends_with(".json") || (!hcl && first == Some(&b'{')) {
        return json(name, bytes, context);
    }
    hcl_entries(name, bytes, context)
}

fn json(name: &str, bytes: &[u8], context: &Context<'_>) -> Entries {
    let bad = |why: String| {
        context.sink.add(Report::error("vars-file", None, format!("`{name}` {why}")));
        Entries::new()
    };
    if bytes.len() > syntax::MAX_FILE_BYTES {
        return bad("is larger than 1 MiB".to_owned());
    }
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(serde_json::Value::Object(entries)) => {
            let read = |(key, value): (&String, &serde_json::Value)| {
                Some((key.clone(), Value::from_json(value)?, None))
            };
            entries.iter().filter_map(read).collect()
        }
        Ok(_) => bad("holds no JSON object".to_owned()),
        Err(error) => bad(format!("is no JSON: {error}")),
    }
}

fn hcl_entries(name: &str, bytes: &[u8], context: &Context<'_>) -> Entries {
    let Some((file, body)) = syntax::parse(name, bytes, Lines::Hidden, context.sources, context.sink) else {
        return Entries::new();
    };
    let scope = context.scope(file, &NoNames);
    let mut entries = Entries::new();
    for structure in &body {
        match structure {
            Structure::Attribute(attribute) => match eval::eval(&attribute.value, &scope) {
                Ok(value) => {
                    entries.push((attribute.key.value().to_string(), value, scope.span(&attribute.value)));
                }
                Err(error) => context.sink.eval(error),
            },
            Structure::Block(block) => {
                let message = format!("a file of variables holds no blocks, like `{}`", block.ident.value());
                context.sink.add(
                    Report::error("vars-file", scope.span(&block.ident), message)
                        .hint("write `name = value`"),
                );
            }
        }
    }
    entries
}
