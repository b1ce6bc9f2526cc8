//! `locals { … }`, and what `var` and `local` mean in a pipeline.

use super::top::Context;
use crate::diagnostic::{Report, did_you_mean};
use crate::eval::error::{EvalError, EvalResult};
use crate::eval::scope::Names;
use crate::eval::{self, Value};
use crate::span::FileId;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The names of a pipeline. Locals are evaluated when they are first asked for, so their order does not matter.
pub(super) struct PipelineNames<'a> {
    context: &'a Context<'a>,
    variables: BTreeMap<String, Option<Value>>,
    locals: BTreeMap<String, (FileId, &'a Expression)>,
    done: RefCell<BTreeMap<String, EvalResult>>,
    /// The locals that are being evaluated, outermost first.
    open: RefCell<Vec<String>>,
}

impl<'a> PipelineNames<'a> {
    pub(super) fn new(context: &'a Context<'a>, variables: BTreeMap<String, Option<Value>>) -> Self {
        let (locals, done, open) = (BTreeMap::new(), RefCell::default(), RefCell::default());
        Self { context, variables, locals, done, open }
    }

    /// Takes in a block `locals`.
    pub(super) fn add(&mut self, file: FileId, block: &'a Block) {
        let scope = self.context.scope(file, &eval::scope::NoNames);
        if let Some(label) = block.labels.first() {
            self.context.sink.add(Report::error("labels", scope.span(label), "`locals` takes no label"));
        }
        for inner in block.body.blocks() {
            let report =
                Report::error("unknown-block", scope.span(&inner.ident), "`locals` holds attributes only");
            self.context.sink.add(report.hint(format!("write `{} = …`", inner.ident.value())));
        }
        for attribute in block.body.attributes() {
            self.add_one(file, attribute);
        }
    }

    fn add_one(&mut self, file: FileId, attribute: &'a Attribute) {
        let name = attribute.key.value().to_string();
        if self.locals.insert(name.clone(), (file, &attribute.value)).is_some() {
            let span = self.context.scope(file, &eval::scope::NoNames).span(&attribute.key);
            self.context.sink.add(Report::error(
                "twice",
                span,
                format!("the local `{name}` is defined twice"),
            ));
        }
    }

    /// Evaluates the locals that nothing has asked for yet, so that an error in any of them is reported.
    pub(super) fn evaluate_all(&self) {
        for name in self.locals.keys() {
            let _ = self.local(name);
        }
    }

    fn variable(&self, name: &str) -> EvalResult {
        match self.variables.get(name) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) => Err(EvalError::reported()),
            None => Err(EvalError::new(format!("there is no variable `{name}`"))
                .maybe_hint(did_you_mean(name, self.variables.keys().map(String::as_str)))),
        }
    }

    fn local(&self, name: &str) -> EvalResult {
        if let Some(result) = self.done.borrow().get(name) {
            return result.clone();
        }
        let Some((file, expr)) = self.locals.get(name) else {
            return Err(EvalError::new(format!("there is no local `{name}`"))
                .maybe_hint(did_you_mean(name, self.locals.keys().map(String::as_str))));
        };
        self.enter(name)?;
        let result = eval::eval(expr, &self.context.scope(*file, self));
        self.open.borrow_mut().pop();
        let result = result.map_err(|error| {
            self.context.sink.eval(error);
            EvalError::reported()
        });
        self.done.borrow_mut().insert(name.to_owned(), result.clone());
        result
    }

    /// Notes that a local is being evaluated, unless it is already.
    fn enter(&self, name: &str) -> EvalResult<()> {
        let mut open = self.open.borrow_mut();
        if let Some(first) = open.iter().position(|outer| outer == name) {
            let cycle: Vec<_> = open[first..].iter().map(|name| format!("local.{name}")).collect();
            return Err(EvalError::fatal(format!(
                "these locals need each other: {} → local.{name}",
                cycle.join(" → ")
            )));
        }
        open.push(name.to_owned());
        Ok(())
    }
}

impl Names for PipelineNames<'_> {
    fn member(&self, root: &str, key: &str) -> Option<EvalResult> {
        match root {
            "var" => Some(self.variable(key)),
            "local" => Some(self.local(key)),
            _ => None,
        }
    }

    fn whole(&self, root: &str) -> Option<EvalResult> {
        let all = |names: Vec<&String>, get: &dyn Fn(&str) -> EvalResult| {
            let entries = names.into_iter().map(|name| Ok((name.clone(), get(name)?)));
            entries.collect::<Result<_, EvalError>>().map(Value::map)
        };
        match root {
            "var" => Some(all(self.variables.keys().collect(), &|name| self.variable(name))),
            "local" => Some(all(self.locals.keys().collect(), &|name| self.local(name))),
            _ => None,
        }
    }

    fn roots(&self) -> Vec<&str> {
        vec!["var", "local"]
    }
}
