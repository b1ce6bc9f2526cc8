//! Secrets: fetched when something first needs one, once per build or check, masked from then on.

use crate::attempt::Attempt;
use crate::environment::Variables;
use crate::log::StepLog;
use crate::process::exit::{Cause, Exit};
use crate::resolve::Resolver;
use crate::step::Ended;
use crate::step::command::{self, Run};
use pikoci_lang::{Value, typed_secret};
use pikoci_plan::plan::{Secret, SecretGet};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use tokio::sync::Mutex;

/// Values of secrets that whoever loaded the pipeline was given, by the name of their variable.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Given(pub BTreeMap<String, String>);

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The most bytes that a secret type may print.
const ANSWER_BYTES: usize = 1 << 20;

/// Which variables of our own environment each secret type's `get` receives.
const PASSED: &str = "VAULT_";

/// Those of them that are secrets themselves.
const CREDENTIALS: [&str; 2] = ["VAULT_TOKEN", "VAULT_SECRET_ID"];

/// What a `get` printed.
type Object = Rc<serde_json::Map<String, serde_json::Value>>;

/// The secrets of one build or check.
pub(crate) struct Secrets<'a> {
    plan: &'a BTreeMap<String, Secret>,
    given: &'a Given,
    values: RefCell<BTreeMap<String, Value>>,
    /// What was fetched, by the type and its parameters: two keys of one path are fetched once.
    objects: RefCell<BTreeMap<(String, Variables), Object>>,
    /// Held while something is fetched, so that two steps do not fetch the same.
    fetching: Mutex<()>,
}

impl<'a> Secrets<'a> {
    /// None is fetched yet. Those that were given are masked from here on.
    pub(crate) fn new(attempt: &Attempt<'_>, plan: &'a BTreeMap<String, Secret>, given: &'a Given) -> Self {
        for text in plan.keys().filter_map(|variable| given.0.get(variable)) {
            // Who is too short is told of when it is used.
            let _ = attempt.masker.borrow_mut().add(text);
        }
        let (values, objects, fetching) = Default::default();
        Self { plan, given, values, objects, fetching }
    }

    /// The value of a secret that was fetched.
    pub(crate) fn value(&self, variable: &str) -> Option<Value> {
        self.values.borrow().get(variable).cloned()
    }

    /// Fetches those that are not there yet.
    pub(crate) async fn fetch(
        &self,
        variables: &[&str],
        resolver: &Resolver<'_>,
        log: &mut StepLog,
    ) -> Result<(), Ended> {
        if variables.iter().all(|variable| self.value(variable).is_some()) {
            return Ok(());
        }
        let _one_at_a_time = tokio::select! {
            guard = self.fetching.lock() => guard,
            cause = resolver.scope.ends(resolver.attempt) => return Err(Ended::before(cause)),
        };
        for variable in variables {
            self.fetch_one(variable, resolver, log).await?;
        }
        Ok(())
    }

    /// Fetches one, with those that it needs itself. The language has made sure that they do not need each other.
    fn fetch_one<'s>(
        &'s self,
        variable: &'s str,
        resolver: &'s Resolver<'_>,
        log: &'s mut StepLog,
    ) -> Pin<Box<dyn Future<Output = Result<(), Ended>> + 's>> {
        Box::pin(async move {
            if self.value(variable).is_some() {
                return Ok(());
            }
            let value = match self.plan.get(variable) {
                Some(Secret::Fetched(get)) => self.fetched(variable, get, resolver, log).await?,
                _ => match self.given.0.get(variable) {
                    Some(text) => Value::string(text),
                    None => return Err(not_given(variable)),
                },
            };
            self.learn(variable, value, resolver, log).await
        })
    }

    /// Masks the value before anybody can use it.
    async fn learn(
        &self,
        variable: &str,
        value: Value,
        resolver: &Resolver<'_>,
        log: &mut StepLog,
    ) -> Result<(), Ended> {
        let masked = resolver.mask(&value);
        let is_blank = value.to_text().is_some_and(|text| text.trim().is_empty());
        self.values.borrow_mut().insert(variable.to_owned(), value);
        let note = match masked {
            // Mostly a script of which only the end was looked at: `pass show … | jq …`.
            Ok(()) if is_blank => format!("the value of the secret `{variable}` is empty"),
            Ok(()) => return Ok(()),
            Err(_) => format!(
                "the value of the secret `{variable}` is shorter than {} characters, and is not masked",
                pikoci_mask::MIN_BYTES
            ),
        };
        resolver.attempt.note(log, &note).await?;
        Ok(())
    }

    async fn fetched(
        &self,
        variable: &str,
        get: &SecretGet,
        resolver: &Resolver<'_>,
        log: &mut StepLog,
    ) -> Result<Value, Ended> {
        let (own, key) = self.own(get, resolver, log).await?;
        // What it writes beside its answer is told when the value in it can be masked.
        let mut aside = log.aside();
        let value = self.picked(variable, get, (own, key.as_deref()), resolver, &mut aside).await;
        if let Ok(value) = &value {
            // Who is too short is told of when it is learnt.
            let _ = resolver.mask(value);
        }
        for frame in log.take_in(aside) {
            resolver.attempt.tell_frame(frame).await?;
        }
        value
    }

    /// The value out of what the `get` prints, which it may have done before.
    async fn picked(
        &self,
        variable: &str,
        get: &SecretGet,
        (own, key): (Variables, Option<&str>),
        resolver: &Resolver<'_>,
        aside: &mut StepLog,
    ) -> Result<Value, Ended> {
        let place = (get.type_name.clone(), own);
        let known = self.objects.borrow().get(&place).cloned();
        let object = match known {
            Some(object) => object,
            None => {
                let object = Rc::new(self.get(variable, get, place.1.clone(), resolver, aside).await?);
                self.objects.borrow_mut().insert(place, Rc::clone(&object));
                object
            }
        };
        let trouble = |problem: String| {
            Ended::errored(format!("the secret `{variable}` ({}) {problem}", get.type_name))
        };
        let text = pick(&object, key).map_err(trouble)?;
        typed_secret(&text, &get.value_type).map_err(|error| trouble(format!("does not fit: {error}")))
    }

    /// The variables of a `get`, and the key of the object that is the value.
    async fn own(
        &self,
        get: &SecretGet,
        resolver: &Resolver<'_>,
        log: &mut StepLog,
    ) -> Result<(Variables, Option<String>), Ended> {
        let values = get.params.values().chain(&get.path).chain(&get.key).chain(get.get.params.values());
        for needed in values.flat_map(|late| late.secrets()) {
            self.fetch_one(needed, resolver, log).await?;
        }
        // What they need is there now, so nothing below fetches again.
        let mut own = Box::pin(resolver.variables("param_", &get.params, log)).await?;
        for (name, late) in [("param_path", &get.path), ("param_key", &get.key)] {
            if let Some(late) = late
                && let Some(text) = Box::pin(resolver.text(late, log)).await?
            {
                own.insert(name.to_owned(), text);
            }
        }
        let key = own.get("param_key").cloned();
        if own.contains_key("param_path") {
            // The keys of one path are fetched together; without a path the key is all that says what is meant.
            own.remove("param_key");
        }
        Ok((own, key))
    }

    async fn get(
        &self,
        variable: &str,
        get: &SecretGet,
        mut variables: Variables,
        resolver: &Resolver<'_>,
        aside: &mut StepLog,
    ) -> Result<serde_json::Map<String, serde_json::Value>, Ended> {
        let attempt = resolver.attempt;
        let mut own = passed(attempt);
        own.append(&mut variables);
        let filled = Box::pin(resolver.filled(&get.get, aside)).await?;
        let scope = resolver.scope.within(attempt, get.timeout_ms, Cause::StepTimeout);
        let run = Run { variables: own, answer: Some(ANSWER_BYTES), ..Run::new(filled, &scope) };
        let ran = command::run(attempt, aside, run).await?;
        let trouble = |why: &str| {
            let message = format!("the secret `{variable}` could not be had from `{}`: {why}", get.type_name);
            Ended::errored(message)
        };
        if let (Some(_), Some(cause)) = (ran.end.cause, resolver.scope.ended_by(attempt)) {
            return Err(Ended::before(cause)); // what ended it is no trouble of the secret's
        }
        match (ran.end.cause, ran.end.exit) {
            (Some(cause), _) => Err(trouble(&aside.quoted(&cause.sentence()))),
            (None, Exit::Code(0)) => {
                parse(&ran.answer).ok_or_else(|| trouble("its `get` printed no JSON object"))
            }
            (None, exit) => Err(trouble(&aside.quoted(&exit.sentence()))),
        }
    }
}

fn not_given(variable: &str) -> Ended {
    Ended::errored(format!(
        "the secret `{variable}` has no value here: give it with `--var {variable}=…` or `PIKOCI_VAR_{variable}` \
         where the pipeline is loaded, or let a `secret` block fetch it"
    ))
}

/// What the `get` of every type receives of our own environment. What of it may be a secret is masked from here on.
fn passed(attempt: &Attempt<'_>) -> Variables {
    let named = |name: &str| attempt.home().settings.secret_pass.iter().any(|passed| passed == name);
    let passed: Variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PASSED) || named(name))
        .collect();
    for (_, value) in passed.iter().filter(|(name, _)| CREDENTIALS.contains(&name.as_str()) || named(name)) {
        // One that is too short is no credential.
        let _ = attempt.masker.borrow_mut().add(value);
    }
    passed
}

/// The object on the last line, or as the whole of what was printed.
fn parse(answer: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = answer.trim_ascii();
    let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or(text);
    serde_json::from_slice(text).or_else(|_| serde_json::from_slice(last)).ok()
}

/// The text of a key's value; without a key, of the only one.
fn pick(object: &serde_json::Map<String, serde_json::Value>, key: Option<&str>) -> Result<String, String> {
    let found = match key {
        Some(key) => object.get(key).ok_or_else(|| format!("has no key `{key}`; it has {}", keys(object)))?,
        None if object.len() == 1 => object.values().next().unwrap_or(&serde_json::Value::Null),
        None => return Err(format!("has several keys, and its block says no `key`: {}", keys(object))),
    };
    match found {
        serde_json::Value::String(text) => Ok(text.clone()),
        serde_json::Value::Null => Err("is null".to_owned()),
        other => Ok(other.to_string()),
    }
}

fn keys(object: &serde_json::Map<String, serde_json::Value>) -> String {
    if object.is_empty() {
        return "none".to_owned();
    }
    object.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_picks_the_value_and_a_missing_one_is_named() {
        let object = |text: &[u8]| parse(text).expect("an object");
        let two = object(b"fetching\n{\"user\":\"ada\",\"port\":5432}\n");
        assert_eq!(pick(&two, Some("port")), Ok("5432".to_owned()));
        assert_eq!(pick(&two, Some("pw")), Err("has no key `pw`; it has `user`, `port`".to_owned()));
        assert!(pick(&two, None).is_err());
        assert_eq!(pick(&object(b"{\"a\":\"x\"}"), None), Ok("x".to_owned()));
        assert_eq!(parse(b"[1]"), None);
    }

    #[test]
    fn given_values_are_not_printed() {
        let given = Given(BTreeMap::from([("token".to_owned(), "hunter2".to_owned())]));
        assert_eq!(format!("{given:?}"), r#"{"token"}"#);
    }
}
