//! The notation of cases: what happens, line by line, and after `=>` what that leads to.

use crate::ledger::{Get, Ledger, State, by_name};
use pikoci_engine::facts::{Interruptible, Stored};
use pikoci_engine::inputs::{Decision, NextBuild, Taken};
use pikoci_plan::id::{BuildId, ResourceId};
use std::collections::BTreeMap;

/// Plays a case; each line that differs, as it should read.
pub(crate) fn play(lines: &[&str]) -> Vec<String> {
    let mut ledger = Ledger::default();
    let mut differing = Vec::new();
    for line in lines {
        let (event, expected) = line.split_once("=>").map_or((*line, None), |(event, of)| (event, Some(of)));
        let event = event.trim();
        let said = match event.strip_prefix("by hand") {
            Some(named) => by_hand(&mut ledger, named),
            None => {
                happens(&mut ledger, event);
                if expected.is_none() {
                    continue;
                }
                let decision = ledger.decide();
                text(&ledger, &decision)
            }
        };
        if expected.map(str::trim) != Some(said.as_str()) {
            differing.push(format!("{line}\n    but it is => {said}"));
        }
    }
    differing
}

fn happens(ledger: &mut Ledger, event: &str) {
    let words: Vec<&str> = event.split_whitespace().collect();
    match words.as_slice() {
        [] => {}
        ["get", name, options @ ..] => get(ledger, name, options),
        ["job", "interruptible"] => ledger.interruptible = Interruptible::Always,
        ["job", "interruptible", "waiting"] => ledger.interruptible = Interruptible::Waiting,
        ["job", "trusted-only"] => ledger.trusted_only = true,
        ["builds", "wait"] => ledger.slow = true,
        ["pause"] => (ledger.paused, ledger.catch_up) = (true, true),
        ["unpause"] => ledger.paused = false,
        ["pin", pin] => {
            let (resource, name) = pin.split_once('=').unwrap();
            ledger.pins.insert(resource.to_owned(), name.to_owned());
            ledger.catch_up = true;
        }
        ["unpin", resource] => ledger.unpin(resource),
        ["start", build] => ledger.builds[number(build)].state = State::Running,
        ["end", build] => ledger.builds[number(build)].state = State::Ended,
        ["rerun", build] => ledger.rerun(number(build)),
        ["checked", resource] => {
            for build in &mut ledger.builds {
                build.waits_for.remove(*resource);
            }
        }
        [job, "has", held @ ..] => {
            let held: Vec<_> = held.iter().map(|of| of.split_once('=').unwrap()).collect();
            ledger.passed(job, &held);
        }
        [resource, versions @ ..] if resource.ends_with(':') => {
            versions.iter().for_each(|version| ledger.found(resource.trim_end_matches(':'), version));
        }
        _ => panic!("no such line: {event}"),
    }
}

fn number(build: &str) -> usize {
    build.trim_start_matches('#').parse::<usize>().unwrap() - 1
}

fn get(ledger: &mut Ledger, name: &str, options: &[&str]) {
    let mut get = Get { name: name.to_owned(), resource: name.to_owned(), ..Get::default() };
    for option in options {
        match option.split_once('=') {
            None if *option == "trigger" => get.trigger = true,
            None if *option == "latest" => get.latest = true,
            None if *option == "on-demand" => get.on_demand = true,
            Some(("passed", jobs)) => get.passed = jobs.split(',').map(str::to_owned).collect(),
            Some(("of", resource)) => get.resource = resource.to_owned(),
            Some(("version", name)) => get.pin = Some(name.to_owned()),
            _ => panic!("no such option of a get: {option}"),
        }
    }
    match ledger.gets.iter_mut().find(|of| of.name == name) {
        Some(old) => *old = get,
        None => ledger.gets.push(get),
    }
}

fn by_hand(ledger: &mut Ledger, named: &str) -> String {
    let of = |pair: &str| {
        let (input, name) = pair.split_once('=').unwrap();
        let resource = &ledger.gets.iter().find(|get| get.name == input).unwrap().resource;
        (input.to_owned(), ledger.version(resource, name).unwrap())
    };
    let named: BTreeMap<_, _> = named.split_whitespace().map(of).collect();
    let made = ledger.by_hand(&named);
    let checks = checks(&made.needs);
    format!("{}{}{checks}", takes(ledger, &made.inputs), if made.untrusted { " (untrusted)" } else { "" })
}

fn text(ledger: &Ledger, decision: &Decision) -> String {
    let resolved = decision.resolved.iter().map(|(id, taken)| {
        let number = id.as_str().parse::<usize>().unwrap() + 1;
        format!("#{number} takes {}", takes(ledger, taken))
    });
    let builds = decision.builds.iter().map(|build| made(ledger, build));
    let all: Vec<_> = resolved.chain(builds).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn made(ledger: &Ledger, build: &NextBuild) -> String {
    let ended = |word: &str, ids: &[BuildId]| {
        let numbers = ids.iter().map(|id| id.as_str().parse::<usize>().unwrap() + 1);
        numbers.map(|number| format!(" ({word} #{number})")).collect::<String>()
    };
    let (supersedes, interrupts) =
        (ended("supersedes", &build.supersedes), ended("interrupts", &build.interrupts));
    let untrusted = if build.untrusted { " (untrusted)" } else { "" };
    let (takes, checks) = (takes(ledger, &build.inputs), checks(&build.needs));
    format!("{takes}{untrusted}{checks}{supersedes}{interrupts}")
}

fn checks(needs: &[ResourceId]) -> String {
    needs.iter().map(|resource| format!(" (checks {resource})")).collect()
}

fn takes(ledger: &Ledger, taken: &[Taken]) -> String {
    let taken: BTreeMap<String, Stored> = by_name(&ledger.gets, taken);
    let name = |version: &Stored| version.version.get("ref").unwrap().to_owned();
    let of = |get: &Get| format!("{}={}", get.name, taken.get(&get.name).map_or("?".to_owned(), name));
    ledger.gets.iter().map(of).collect::<Vec<_>>().join(" ")
}
