//! Why no version makes a build.

use super::reason::{Reason, address, instant, pipeline};
use super::{Check, WhyFacts};
use crate::facts::{InputFacts, Pin, Stored};
use crate::inputs::{by_hand, decide};
use pikoci_plan::id::JobId;
use pikoci_plan::status::Outcome;
use std::collections::BTreeMap;

/// What keeps inputs from having a version, then what keeps versions from starting builds.
pub(super) fn reasons(facts: &WhyFacts) -> Vec<Reason> {
    let mut reasons: Vec<Reason> =
        facts.job.inputs.iter().filter_map(|input| missing(facts, input)).collect();
    if reasons.is_empty() {
        reasons.extend(not_together(facts));
    }
    if reasons.is_empty() && !decide(&facts.job).builds.is_empty() {
        return vec![Reason::New];
    }
    if !facts.job.inputs.iter().any(|input| input.trigger) {
        reasons.push(Reason::OnlyByHand { job: address(&facts.job.info) });
        return reasons;
    }
    let triggering = || facts.job.inputs.iter().filter(|input| input.trigger);
    reasons.extend(triggering().filter_map(|input| held(facts, input)));
    reasons.extend(triggering().filter_map(|input| untrusted(facts, input)));
    reasons.extend(triggering().filter_map(|input| older(facts, input)));
    if let (true, Some(build)) = (facts.pending.is_empty() && reasons.is_empty(), &facts.newest_build) {
        reasons.push(up_to_date(facts, build));
    }
    if reasons.is_empty() && facts.pending.is_empty() {
        reasons.push(Reason::New);
    }
    reasons
}

fn resource(facts: &WhyFacts, input: &InputFacts) -> String {
    format!("{}/{}", pipeline(&facts.job.info), input.resource_name)
}

/// What keeps an input from having any version.
fn missing(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let (name, resource) = (input.name.clone(), resource(facts, input));
    if let Some(Pin { version: None, text, .. }) = &input.pin {
        return Some(Reason::PinUnknown { input: name, resource, pin: text.clone() });
    }
    if let Some(reason) = pin_not_passed(facts, input) {
        return Some(reason);
    }
    let none = match (&input.pin, input.passed.is_empty()) {
        (Some(_), true) => false,
        _ => input.newest.is_none(),
    };
    if !none || (input.on_demand && input.passed.is_empty()) {
        return None;
    }
    if let Some((id, upstream)) =
        input.passed.iter().find(|(id, _)| not_passed(facts, id)).or(input.passed.first())
    {
        return Some(of_upstream(facts, input, id, upstream));
    }
    Some(match facts.checks.get(&input.resource) {
        Some(Check::Failing { since_ms, error }) => {
            Reason::CheckFails { input: name, resource, since: instant(*since_ms), error: error.clone() }
        }
        Some(Check::First) => Reason::FirstCheckRuns { input: name, resource },
        Some(Check::Schedule(at)) => Reason::NoTick { input: name, at: at.map(instant) },
        Some(Check::None) => Reason::NeverPut { input: name, resource },
        Some(Check::Works) => Reason::NoVersion { input: name, resource },
        Some(Check::Never) | None => Reason::NeverChecked { input: name, resource },
    })
}

/// A version that an input is held at, and that a job which it names has not let through.
fn pin_not_passed(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let pin = input.pin.as_ref()?;
    let version = pin.version.as_ref()?;
    let index = facts.job.inputs.iter().position(|of| of.name == input.name)?;
    let passed = |id: &JobId| {
        let builds = facts.job.upstream.get(id).into_iter().flatten();
        builds.filter_map(|build| build.versions.get(&index)).flatten().any(|held| held.id == version.id)
    };
    let (_, upstream) = input.passed.iter().find(|(id, _)| !passed(id))?;
    let unblock = named(input, version, &format!("{}/{upstream}", pipeline(&facts.job.info)));
    let resource = resource(facts, input);
    let (input, pin) = (input.name.clone(), pin.text.clone());
    Some(Reason::PinNotPassed { input, resource, pin, upstream: upstream.clone(), unblock })
}

/// Whether a job has not let anything through.
fn not_passed(facts: &WhyFacts, id: &JobId) -> bool {
    facts.upstream.get(id).is_none_or(|upstream| upstream.last != Some(Outcome::Succeeded))
}

fn of_upstream(facts: &WhyFacts, input: &InputFacts, id: &JobId, upstream: &str) -> Reason {
    let known = facts.upstream.get(id).copied().unwrap_or_default();
    let job = format!("{}/{upstream}", pipeline(&facts.job.info));
    let state = match (known.paused, known.open, known.last) {
        (true, _, _) => "which is paused".to_owned(),
        (_, true, _) => "of which a build is pending or running".to_owned(),
        (_, _, Some(Outcome::Succeeded)) => "whose last build succeeded with others".to_owned(),
        (_, _, Some(last)) => format!("whose last build {}", ended(last)),
        (_, _, None) => "which has not run yet".to_owned(),
    };
    let unblock = match (known.paused, known.open) {
        (true, _) => format!("pikoci job unpause {job}"),
        (_, true) => format!("the end of that build; see pikoci job why {job}"),
        _ => format!("pikoci job trigger {job}"),
    };
    let resource = input.resource_name.clone();
    Reason::NotPassed { input: input.name.clone(), resource, upstream: upstream.to_owned(), state, unblock }
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Cancelled => "was cancelled",
        other => other.as_str(),
    }
}

/// Each input has a version, but of those that share `passed` none go together.
fn not_together(facts: &WhyFacts) -> Option<Reason> {
    let chosen = by_hand(&facts.job, &BTreeMap::new());
    let lacks = |index: &usize| !chosen.inputs.iter().any(|taken| taken.input == *index);
    let inputs: Vec<&InputFacts> = (0..facts.job.inputs.len())
        .filter(lacks)
        .map(|index| &facts.job.inputs[index])
        .filter(|input| !input.passed.is_empty())
        .collect();
    let mut jobs: Vec<&str> =
        inputs.iter().flat_map(|input| input.passed.iter().map(|(_, name)| name.as_str())).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let first = jobs.first()?;
    let unblock = format!("pikoci job trigger {}/{first}", pipeline(&facts.job.info));
    let quoted =
        |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    let names = inputs.iter().map(|input| input.name.as_str()).collect();
    Some(Reason::NothingCommon { inputs: quoted(names), upstream: quoted(jobs), unblock })
}

/// A triggering input that is held, so that what is new starts nothing.
fn held(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let pin = input.pin.as_ref()?;
    let version = pin.version.as_ref()?;
    let (resource, text, written) = (resource(facts, input), pin.text.clone(), pin.written);
    match input.marks.get(&version.space) {
        Some(mark) if version.order < mark.order => Some(Reason::PinBelowMark {
            job: address(&facts.job.info),
            resource,
            pin: text,
            mark: name(mark),
        }),
        Some(_) => Some(Reason::PinBuilt { resource, pin: text, written }),
        None => None,
    }
}

/// The newest version that starts nothing because it comes from outside.
fn untrusted(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let outside = |version: &&Stored| facts.job.trusted_only && version.untrusted && !version.taken;
    let version = input.next.iter().rev().find(outside)?;
    let unblock = named(input, version, &address(&facts.job.info));
    Some(Reason::Untrusted { input: input.name.clone(), version: name(version), unblock })
}

/// A version that came late: what has passed, and is below the mark.
fn older(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let index = facts.job.inputs.iter().position(|of| of.name == input.name)?;
    let passed =
        facts.job.upstream.values().flatten().filter_map(|build| build.versions.get(&index)).flatten();
    let below = |version: &&Stored| {
        let mark = input.marks.get(&version.space);
        !version.taken && mark.is_some_and(|mark| version.order < mark.order)
    };
    let version = input.next.iter().chain(passed).filter(below).max_by_key(|version| version.order)?;
    let mark = input.marks.get(&version.space)?;
    let unblock = named(input, version, &address(&facts.job.info));
    Some(Reason::Older { input: input.name.clone(), version: name(version), mark: name(mark), unblock })
}

fn up_to_date(facts: &WhyFacts, build: &str) -> Reason {
    let triggering: Vec<&InputFacts> = facts.job.inputs.iter().filter(|input| input.trigger).collect();
    let at = triggering.iter().find_map(|input| match facts.checks.get(&input.resource) {
        Some(Check::Schedule(Some(at))) => Some(instant(*at)),
        _ => None,
    });
    let failing = triggering.iter().find_map(|input| match facts.checks.get(&input.resource) {
        Some(Check::Failing { since_ms, .. }) => Some(format!(
            "the check of {} has been failing since {}",
            resource(facts, input),
            instant(*since_ms)
        )),
        _ => None,
    });
    let by_hand = format!("a new version, or pikoci job trigger {}", address(&facts.job.info));
    let unblock = failing.map_or(by_hand.clone(), |failing| format!("{by_hand} ({failing})"));
    Reason::UpToDate { build: build.to_owned(), at, unblock }
}

/// A version in words: `ref=abc`.
fn name(version: &Stored) -> String {
    let keys = version.version.identifying().map(|(key, value)| format!("{key}={value}"));
    keys.collect::<Vec<_>>().join(",")
}

/// The command that makes a build of a job with a version.
fn named(input: &InputFacts, version: &Stored, job: &str) -> String {
    let keys: BTreeMap<&str, &str> = version.version.identifying().collect();
    let json = serde_json::to_string(&keys).unwrap_or_default();
    let quoted = format!("{}={json}", input.resource_name).replace('\'', r"'\''");
    format!("pikoci job trigger {job} --version '{quoted}'")
}
