//! Why no version makes a build.

use super::reason::{Reason, address, instant, pipeline};
use super::{Check, WhyFacts, upstream};
use crate::facts::{InputFacts, Pin, Stored};
use crate::inputs::decide;
use std::collections::BTreeMap;

/// What keeps inputs from having a version, then what keeps versions from starting builds.
pub(super) fn reasons(facts: &WhyFacts) -> Vec<Reason> {
    let mut reasons: Vec<Reason> =
        facts.job.inputs.iter().filter_map(|input| missing(facts, input)).collect();
    if reasons.is_empty() {
        reasons.extend(upstream::apart(facts));
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

pub(super) fn resource(facts: &WhyFacts, input: &InputFacts) -> String {
    format!("{}/{}", pipeline(&facts.job.info), input.resource_name)
}

/// What keeps an input from having any version.
fn missing(facts: &WhyFacts, input: &InputFacts) -> Option<Reason> {
    let (name, resource) = (input.name.clone(), resource(facts, input));
    if let Some(Pin { version: None, text, .. }) = &input.pin {
        return Some(Reason::PinUnknown { input: name, resource, pin: text.clone() });
    }
    if let Some(reason) = upstream::pin_not_passed(facts, input) {
        return Some(reason);
    }
    let none = match (&input.pin, input.passed.is_empty()) {
        (Some(_), true) => false,
        _ => input.newest.is_none(),
    };
    if !none || (input.on_demand && input.passed.is_empty()) {
        return None;
    }
    if !input.passed.is_empty() {
        let outside = upstream::from_outside(facts, input).map(|version| of_outside(facts, input, version));
        return outside.or_else(|| upstream::nothing_passed(facts, input));
    }
    Some(match facts.checks.get(&input.resource) {
        Some(Check::Failing { since_ms, error }) => {
            Reason::CheckFails { input: name, resource, since: instant(*since_ms), error: error.clone() }
        }
        Some(Check::First) => Reason::FirstCheckRuns { input: name, resource },
        Some(Check::Schedule(at)) => Reason::NoTick { input: name, at: at.map(instant) },
        Some(Check::None) => Reason::NeverPut { input: name, resource },
        Some(Check::Works) => Reason::NoVersion { input: name, resource },
        Some(Check::Never) | None => {
            match super::waiting::no_worker_for_check(facts, &input.resource_name, &resource) {
                Some(reason) => reason,
                None => Reason::NeverChecked { input: name, resource },
            }
        }
    })
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
    Some(of_outside(facts, input, input.next.iter().rev().find(outside)?))
}

fn of_outside(facts: &WhyFacts, input: &InputFacts, version: &Stored) -> Reason {
    let unblock = named(input, version, &address(&facts.job.info));
    Reason::Untrusted { input: input.name.clone(), version: name(version), unblock }
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
pub(super) fn name(version: &Stored) -> String {
    let keys = version.version.identifying().map(|(key, value)| format!("{key}={value}"));
    keys.collect::<Vec<_>>().join(",")
}

/// The command that makes a build of a job with a version.
fn named(input: &InputFacts, version: &Stored, job: &str) -> String {
    format!("pikoci job trigger {job}{}", option(input, version))
}

/// What names a version to that command.
pub(super) fn option(input: &InputFacts, version: &Stored) -> String {
    let keys: BTreeMap<&str, &str> = version.version.identifying().collect();
    let json = serde_json::to_string(&keys).unwrap_or_default();
    let quoted = format!("{}={json}", input.resource_name).replace('\'', r"'\''");
    format!(" --version '{quoted}'")
}
