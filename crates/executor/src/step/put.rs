//! `put`: publishes with a resource.

use super::Ended;
use super::command::{self, Run};
use crate::build::Build;
use crate::check::parse;
use crate::environment::{self, Variables};
use crate::log::StepLog;
use crate::process::exit::judge;
use crate::runner::replace_once;
use crate::scope::Scope;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Command, Put};
use pikoci_plan::status::Outcome;

/// The most that a push may print, in bytes.
const ANSWER_BYTES: usize = 8 << 20;

/// Publishes with the type's `push`, and tells the versions that it made.
pub(super) async fn run(
    build: &Build<'_>,
    log: &mut StepLog,
    put: &Put,
    scope: &Scope,
) -> Result<Ended, Ended> {
    let resolver = build.resolver(scope, false);
    let mut attributes = resolver.variables("put_", &put.attributes, log).await?;
    let known = build.known(false);
    for text in attributes.values_mut() {
        *text = replace_once(text, &known);
    }
    if build.options.shows_puts {
        return shown(build, log, put, &attributes).await;
    }
    match &put.push {
        Some(push) => self::push(build, log, (put, push), attributes, scope).await,
        None => Ok(Ended::well()),
    }
}

async fn push(
    build: &Build<'_>,
    log: &mut StepLog,
    (put, push): (&Put, &Command),
    attributes: Variables,
    scope: &Scope,
) -> Result<Ended, Ended> {
    let resource = &put.resource;
    let resolver = build.resolver(scope, false);
    let filled = resolver.filled(push, log).await?;
    let params = resolver.variables("param_", &resource.params, log).await?;
    let cache = build.cache(resource, &params, scope, log).await?;
    let mut variables = build.variables(&filled, scope);
    variables.extend(environment::of_resource(&resource.name, params, None));
    variables.extend(attributes);
    let network = build.network();
    let run = Run {
        variables,
        answer: Some(ANSWER_BYTES),
        cache: cache.as_ref().map(|held| held.path.clone()),
        network: network.as_deref(),
        ..Run::new(filled, scope)
    };
    let ran = command::run(build.attempt, log, run).await?;
    let (outcome, message) = judge(ran.end, &push.runner, &push.error_codes);
    if outcome == Outcome::Succeeded {
        let made = parse::made(&ran.answer).map_err(Ended::errored)?;
        if !made.is_empty() {
            let resource = resource.full_name.clone();
            build.attempt.tell(Event::Output { step: log.step(), resource, versions: made }).await?;
        }
    }
    Ok(Ended { outcome, message, ..Ended::well() })
}

/// Says what it would have published.
async fn shown(
    build: &Build<'_>,
    log: &mut StepLog,
    put: &Put,
    attributes: &Variables,
) -> Result<Ended, Ended> {
    let attributes: Vec<_> = attributes
        .iter()
        .map(|(name, text)| format!("{} = {text:?}", name.trim_start_matches("put_")))
        .collect();
    let with = if attributes.is_empty() { String::new() } else { format!(" with {}", attributes.join(", ")) };
    let note = format!("not done here: it would publish `{}`{with}", put.resource.full_name);
    build.attempt.tell(Event::Log(log.note(&note))).await?;
    Ok(Ended::well())
}
