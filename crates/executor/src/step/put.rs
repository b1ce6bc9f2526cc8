//! `put`: publishes with a resource.

use super::Ended;
use super::hint::missed_our_binary;
use super::resource::{self, Gets};
use crate::build::Build;
use crate::check::parse;
use crate::environment::Variables;
use crate::log::StepLog;
use crate::runner::{Filled, replace_in};
use crate::scope::Scope;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Command, Put, Values};
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
    if build.options.shows_puts {
        let attributes = attributes(build, log, put, false, scope).await?;
        build.attempt.note(log, &shown(build, put, &attributes)).await?;
        return Ok(Ended::well());
    }
    let Some(push) = &put.push else { return Ok(Ended::well()) };
    let filled = build.filled(push, scope, log).await?;
    let attributes = attributes(build, log, put, filled.is_on_network(), scope).await?;
    self::push(build, log, (put, push), (filled, attributes), scope).await
}

/// `put_<key>`, with `$NAME` of the build's variables replaced in what the pipeline itself says.
async fn attributes(
    build: &Build<'_>,
    log: &mut StepLog,
    put: &Put,
    on_network: bool,
    scope: &Scope,
) -> Result<Variables, Ended> {
    let known = build.variables(scope, on_network);
    let replaced: Values =
        put.attributes.iter().map(|(name, late)| (name.clone(), replace_in(late, &known))).collect();
    build.resolver(scope, on_network).variables(PREFIX, &replaced, log).await
}

/// What the variables of attributes begin with.
const PREFIX: &str = "put_";

async fn push(
    build: &Build<'_>,
    log: &mut StepLog,
    (put, push): (&Put, &Command),
    (filled, attributes): (Filled<'_>, Variables),
    scope: &Scope,
) -> Result<Ended, Ended> {
    let gets = Gets { attributes, answer: Some(ANSWER_BYTES), ..Gets::default() };
    let ran = resource::run(build, log, &put.resource, (filled, gets), scope).await?;
    let mut ended = Ended::of(ran.end, &push.runner, &push.error_codes);
    ended.message = ended.message.map(|message| message + missed_our_binary(push, ran.end.exit));
    if ended.outcome == Outcome::Succeeded {
        let versions = parse::made(&ran.answer).map_err(Ended::errored)?;
        if !versions.is_empty() {
            let (step, resource) = (log.step(), put.resource.full_name.clone());
            build.attempt.tell(Event::Output { step, resource, versions }).await?;
        }
    }
    Ok(ended)
}

/// What it would have published, in a sentence. Masked before it is quoted, which changes what it looks like.
fn shown(build: &Build<'_>, put: &Put, attributes: &Variables) -> String {
    let attribute = |(name, text): (&String, &String)| {
        let name = name.strip_prefix(PREFIX).unwrap_or(name);
        format!("{name} = {:?}", build.attempt.mask(text))
    };
    let attributes: Vec<String> = attributes.iter().map(attribute).collect();
    let with = if attributes.is_empty() { String::new() } else { format!(" with {}", attributes.join(", ")) };
    format!("not done here: it would publish `{}`{with}", put.resource.full_name)
}
