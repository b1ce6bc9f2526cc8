//! What upstream jobs have still to let through.

use super::automatic::{name, option, resource};
use super::reason::{Reason, pipeline};
use super::{Upstream, WhyFacts};
use crate::facts::{InputFacts, Stored};
use crate::inputs::{by_hand, together};
use pikoci_plan::id::JobId;
use pikoci_plan::status::Outcome;
use std::collections::BTreeMap;

/// Versions by the index of their input.
type Set<'a> = BTreeMap<usize, &'a Stored>;

/// A version that an input is held at, and that a job which it names has not let through.
pub(super) fn pin_not_passed(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let pin = input.pin.as_ref()?;
    let version = pin.version.as_ref()?;
    let index = index(facts, input)?;
    let passed = |id: &JobId| held(facts, id, index).any(|held| held.id == version.id);
    let (id, upstream) = input.passed.iter().find(|(id, _)| !passed(id))?;
    let resource = resource(facts, input);
    let (state, unblock) = next(facts, id, upstream, |job| match (makes(facts, id, input), pin.written) {
        (false, _) => format!("pikoci job trigger {job}{}", option(input, version)),
        // Nobody can tell it to put that version.
        (true, false) => format!("pikoci resource unpin {resource}"),
        (true, true) => "take the version out of the text, then pikoci pipeline set".to_owned(),
    });
    let (input, pin, upstream) = (input.name.clone(), pin.text.clone(), upstream.clone());
    Some(Reason::PinNotPassed { input, resource, pin, upstream, state, unblock })
}

/// The newest version that has passed all that an input names, and starts nothing because it comes from outside.
pub(super) fn from_outside<'a>(facts: &'a WhyFacts, input: &InputFacts) -> Option<&'a Stored> {
    let index = index(facts, input)?;
    let passed = |version: &Stored| {
        let holds = |id: &JobId| held(facts, id, index).any(|of| of.id == version.id);
        input.passed.iter().all(|(id, _)| holds(id))
    };
    let (first, _) = input.passed.first().filter(|_| facts.job.trusted_only && input.pin.is_none())?;
    let outside = held(facts, first, index).filter(|version| version.untrusted && passed(version));
    outside.max_by_key(|version| version.order)
}

/// A job that has let no version of an input through at all. Nothing if each has: then it is that they let others through.
pub(super) fn nothing_passed(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let index = index(facts, input)?;
    let failed = |id: &JobId| known(facts, id).last != Some(Outcome::Succeeded);
    let nothing = |id: &JobId| held(facts, id, index).next().is_none();
    let mut without = input.passed.iter().filter(|(id, _)| nothing(id)).peekable();
    let first = without.peek().copied();
    let (id, upstream) = without.find(|(id, _)| failed(id)).or(first)?;
    let (state, unblock) = next(facts, id, upstream, |job| format!("pikoci job trigger {job}"));
    let state = state.map_or_else(|| last(&known(facts, id)), str::to_owned);
    let resource = input.resource_name.clone();
    Some(Reason::NotPassed {
        input: input.name.clone(),
        resource,
        upstream: upstream.clone(),
        state,
        unblock,
    })
}

/// Each input has versions that have passed, but of those that share upstream jobs none go together.
pub(super) fn apart(facts: &WhyFacts) -> Option<Reason> {
    let chosen = by_hand(&facts.job, &BTreeMap::new());
    let lacks = |index: &usize| !chosen.inputs.iter().any(|taken| taken.input == *index);
    let passes = |index: &usize| !facts.job.inputs[*index].passed.is_empty();
    let first = (0..facts.job.inputs.len()).filter(lacks).find(passes)?;
    let inputs = together(&facts.job, first);
    let named = inputs.iter().flat_map(|&input| &facts.job.inputs[input].passed);
    let mut jobs: Vec<&(JobId, String)> = named.collect();
    jobs.sort_by_key(|(_, name)| name);
    jobs.dedup();
    let names = jobs.iter().map(|(_, name)| name.as_str()).collect();
    let (lacking, set) = first_apart(facts, &inputs, jobs)?;
    let (state, unblock) = next(facts, &lacking.0, &lacking.1, |job| trigger(facts, lacking, job, &set));
    let versions: Vec<_> = set.values().map(|version| name(version)).collect();
    let what = match (set.is_empty(), state) {
        (true, None) => None,
        (true, Some(_)) => Some(format!("a build of `{}` may bring them", lacking.1)),
        (false, _) => Some(format!("{} did not pass `{}`", versions.join(" with "), lacking.1)),
    };
    Some(Reason::NothingCommon {
        inputs: quoted(inputs.iter().map(|&input| facts.job.inputs[input].name.as_str()).collect()),
        upstream: quoted(names),
        apart: what.into_iter().chain(state.map(str::to_owned)).collect::<Vec<_>>().join(", "),
        unblock,
    })
}

/// The first job that has not let through, in one build, what those before have, and what it should have. Those that make
/// versions come first: others can be told to take them.
fn first_apart<'a>(
    facts: &'a WhyFacts,
    inputs: &[usize],
    mut jobs: Vec<&'a (JobId, String)>,
) -> Option<(&'a (JobId, String), Set<'a>)> {
    let of = |id: &JobId, input: &usize| facts.job.inputs[*input].passed.iter().any(|(named, _)| named == id);
    jobs.sort_by_key(|(id, _)| !inputs.iter().any(|&input| makes(facts, id, &facts.job.inputs[input])));
    let mut set = Set::new();
    for job in &jobs {
        let inputs: Vec<usize> = inputs.iter().copied().filter(|input| of(&job.0, input)).collect();
        match let_through(facts, &job.0, &inputs, &set) {
            Some(found) => set.extend(found),
            None => {
                set.retain(|input, _| inputs.contains(input));
                return Some((job, set));
            }
        }
    }
    // A bound has ended the search.
    jobs.first().map(|job| (*job, Set::new()))
}

/// What the newest build of a job holds at some inputs, if one holds these versions.
fn let_through<'a>(facts: &'a WhyFacts, id: &JobId, inputs: &[usize], set: &Set<'a>) -> Option<Set<'a>> {
    let mut builds: Vec<_> = facts.job.upstream.get(id).into_iter().flatten().collect();
    builds.sort_by_key(|build| std::cmp::Reverse(build.place));
    builds.into_iter().find_map(|build| {
        let of = |&input: &usize| {
            let wanted = |held: &&Stored| match set.get(&input) {
                Some(version) => version.id == held.id,
                None => allowed(facts, input, held),
            };
            Some((input, build.versions.get(&input)?.iter().rev().find(wanted)?))
        };
        inputs.iter().map(of).collect()
    })
}

fn allowed(facts: &WhyFacts, input: usize, version: &Stored) -> bool {
    match &facts.job.inputs[input].pin {
        Some(pin) => pin.version.as_ref().is_some_and(|pinned| pinned.id == version.id),
        None => !(facts.job.trusted_only && version.untrusted),
    }
}

/// The command that makes a build of a job with versions that others have let through.
fn trigger(facts: &WhyFacts, (id, _): &(JobId, String), job: &str, set: &Set<'_>) -> String {
    let of = |input: &usize| &facts.job.inputs[*input];
    if set.keys().any(|input| makes(facts, id, of(input))) {
        return "another `passed`, then pikoci pipeline set".to_owned();
    }
    let mut options: Vec<_> = set.iter().map(|(input, version)| option(of(input), version)).collect();
    options.dedup();
    format!("pikoci job trigger {job}{}", options.concat())
}

/// What a job is doing that keeps it from more, and what is to be done: `how` tells the command for one that rests.
fn next(
    facts: &WhyFacts,
    id: &JobId,
    upstream: &str,
    how: impl FnOnce(&str) -> String,
) -> (Option<&'static str>, String) {
    let (known, job) = (known(facts, id), format!("{}/{upstream}", pipeline(&facts.job.info)));
    match (known.paused, known.open) {
        (true, _) => (Some("which is paused"), format!("pikoci job unpause {job}")),
        (_, true) => (
            Some("of which a build is pending or running"),
            format!("the end of that build; see pikoci job why {job}"),
        ),
        _ => (None, how(&job)),
    }
}

/// How a job's last build ended, which let nothing through.
fn last(known: &Upstream) -> String {
    match known.last {
        Some(Outcome::Succeeded) => "whose last build succeeded with others".to_owned(),
        Some(Outcome::Cancelled) => "whose last build was cancelled".to_owned(),
        Some(last) => format!("whose last build {last}"),
        None => "which has not run yet".to_owned(),
    }
}

fn index(facts: &WhyFacts, input: &InputFacts) -> Option<usize> {
    facts.job.inputs.iter().position(|of| of.name == input.name)
}

/// The versions of an input that builds of a job hold.
fn held<'a>(facts: &'a WhyFacts, id: &JobId, input: usize) -> impl Iterator<Item = &'a Stored> + use<'a> {
    let builds = facts.job.upstream.get(id).into_iter().flatten();
    builds.filter_map(move |build| build.versions.get(&input)).flatten()
}

fn known(facts: &WhyFacts, id: &JobId) -> Upstream {
    facts.upstream.get(id).cloned().unwrap_or_default()
}

/// Whether a job lets through only what it puts of an input's resource.
fn makes(facts: &WhyFacts, id: &JobId, input: &InputFacts) -> bool {
    facts.upstream.get(id).is_some_and(|known| known.makes.contains(&input.resource))
}

/// `a` and `b`
fn quoted(names: Vec<&str>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}
