//! Late values to values, just before they are needed.

use crate::attempt::Attempt;
use crate::environment::{Variables, word};
use crate::knowledge::Knowledge;
use crate::log::StepLog;
use crate::runner::{Argument, Filled};
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::step::Ended;
use pikoci_lang::{Known, Late, LateError, Reference, Value};
use pikoci_mask::TooShort;
use pikoci_plan::plan::{Command, Values};
use std::cell::RefCell;

/// Where a late value is computed.
#[derive(Clone, Copy)]
pub(crate) struct Resolver<'a> {
    pub(crate) attempt: &'a Attempt<'a>,
    pub(crate) secrets: &'a Secrets<'a>,
    pub(crate) known: &'a RefCell<Knowledge>,
    pub(crate) scope: &'a Scope,
    /// Whether who gets the value stands on the build's network.
    pub(crate) on_network: bool,
}

impl Resolver<'_> {
    /// The value. What a secret went into is masked from here on.
    pub(crate) async fn value(&self, late: &Late, log: &mut StepLog) -> Result<Value, Ended> {
        if let Late::Literal(value) = late {
            return Ok(value.clone());
        }
        let secrets = late.secrets();
        self.secrets.fetch(&secrets, self, log).await?;
        let value = late.evaluate(self).map_err(|error| Ended::errored(error.to_string()))?;
        if !secrets.is_empty() {
            // Who is too short was told of when it was fetched.
            let _ = self.mask(&value);
        }
        Ok(value)
    }

    /// The value as it stands in an environment; null is absent.
    pub(crate) async fn text(&self, late: &Late, log: &mut StepLog) -> Result<Option<String>, Ended> {
        Ok(self.value(late, log).await?.to_text())
    }

    /// Variables of an environment: the prefix, and each name as part of one.
    pub(crate) async fn variables(
        &self,
        prefix: &str,
        values: &Values,
        log: &mut StepLog,
    ) -> Result<Variables, Ended> {
        let mut variables = Variables::new();
        for (name, late) in values {
            if let Some(text) = self.text(late, log).await? {
                variables.insert(format!("{prefix}{}", word(name)), text);
            }
        }
        Ok(variables)
    }

    /// What a command's templates are filled with.
    pub(crate) async fn filled<'c>(
        &self,
        command: &'c Command,
        log: &mut StepLog,
    ) -> Result<Filled<'c>, Ended> {
        let mut filled = Filled::new(command);
        for (name, late) in &command.params {
            let argument = match self.value(late, log).await? {
                Value::List(list) => Argument::List(list.items().iter().filter_map(Value::to_text).collect()),
                value => match value.to_text() {
                    Some(text) => Argument::Text(text),
                    None => continue,
                },
            };
            // It may also have come by way of something else: a service's password, a task's output.
            let is_secret = late.is_secret() || argument.texts().any(|text| self.attempt.hides(text));
            filled.add(name, argument, is_secret);
        }
        Ok(filled)
    }

    /// Masks a value that a secret went into, and each text in it. The error: a text is too short for that.
    pub(crate) fn mask(&self, value: &Value) -> Result<(), TooShort> {
        if matches!(value, Value::Bool(_)) {
            return Ok(()); // a log without any `true` would tell as much
        }
        let whole = value.to_text().map_or(Ok(()), |text| self.attempt.masker.borrow_mut().add(&text));
        let parts = match value {
            Value::List(list) => list.items().iter().map(|item| self.mask(item)).fold(Ok(()), Result::and),
            Value::Map(map) => map.entries().values().map(|item| self.mask(item)).fold(Ok(()), Result::and),
            _ => Ok(()),
        };
        whole.and(parts)
    }
}

impl Known for Resolver<'_> {
    fn secret(&self, variable: &str) -> Result<Value, LateError> {
        self.secrets.value(variable).ok_or_else(|| LateError(format!("the secret `{variable}` is not there")))
    }

    fn build(&self, reference: &Reference) -> Result<Value, LateError> {
        self.known.borrow().value(reference, self.scope.status, self.on_network)
    }
}
