//! What the oldest pending build waits for.

use super::reason::{Reason, list};
use super::{Pending, WhyFacts, Worker};
use crate::facts::Holder;

pub(super) fn reasons(facts: &WhyFacts) -> Vec<Reason> {
    let Some(build) = facts.pending.first() else { return Vec::new() };
    let number = || build.number.clone();
    let checks = build.waits_for.iter().map(|resource| Reason::WaitsForCheck {
        build: number(),
        resource: format!("{}/{resource}", super::reason::pipeline(&facts.job.info)),
    });
    let lost =
        build.lost_on.iter().map(|worker| Reason::LostProcesses { build: number(), worker: worker.clone() });
    let mut reasons: Vec<_> = checks.chain(lost).collect();
    if build.ready {
        reasons.extend(groups(facts, build));
        reasons.extend(concurrency(facts, build));
        reasons.extend(worker(facts, build));
    }
    if build.ready && reasons.is_empty() {
        reasons.push(Reason::Starts { build: number() });
    }
    reasons
}

fn groups(facts: &WhyFacts, build: &Pending) -> Vec<Reason> {
    let held = facts.job.info.groups.iter().filter_map(|key| Some((key, facts.holds.get(key)?)));
    held.map(|(key, holder)| Reason::GroupHeld {
        build: build.number.clone(),
        group: group(key),
        holder: holder.build.clone(),
        lost: holder.lost,
    })
    .collect()
}

/// The name of a serial group, of its key: `g:PIPELINE:prod` is `prod`, `g:team:main:prod` is `team/prod`.
fn group(key: &str) -> String {
    let mut parts = key.splitn(3, ':').skip(1);
    match (parts.next(), parts.next()) {
        (Some("team"), Some(rest)) => format!("team/{}", rest.split_once(':').map_or(rest, |(_, name)| name)),
        (_, Some(name)) => name.to_owned(),
        _ => key.to_owned(),
    }
}

fn concurrency(facts: &WhyFacts, build: &Pending) -> Option<Reason> {
    facts.job.info.places.iter().find_map(|(prefix, limit)| {
        let holders =
            facts.holds.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(prefix.as_str()));
        let holders: Vec<_> = holders.map(|(_, holder)| holder).collect();
        let reached = holders.len() >= *limit as usize;
        reached.then(|| Reason::Concurrency {
            build: build.number.clone(),
            limit: *limit,
            lost: holders.iter().any(|holder| holder.lost),
            holders: holders.into_iter().map(place).collect(),
        })
    })
}

/// Who has a place, in words.
fn place(holder: &Holder) -> String {
    match holder.lost {
        true => format!("{} (whose worker is lost)", holder.build),
        false => holder.build.clone(),
    }
}

fn worker(facts: &WhyFacts, build: &Pending) -> Option<Reason> {
    let build = build.number.clone();
    let tags = &facts.job.info.tags;
    let fresh: Vec<&Worker> = facts.workers.iter().filter(|worker| worker.fresh).collect();
    let fitting: Vec<&Worker> =
        fresh.iter().copied().filter(|worker| tags.iter().all(|tag| worker.tags.contains(tag))).collect();
    let names = |workers: &[&Worker], word| {
        list(&workers.iter().map(|worker| worker.name.clone()).collect::<Vec<_>>(), word)
    };
    let working: Vec<&Worker> = fitting.iter().copied().filter(|worker| !worker.draining).collect();
    if fitting.is_empty() && tags.is_empty() {
        return Some(Reason::NoWorker { build });
    }
    if fitting.is_empty() {
        return Some(Reason::NoWorkerWithTags { build, tags: self::tags(tags) });
    }
    if working.is_empty() {
        return Some(Reason::WorkersDraining { build, workers: names(&fitting, "and") });
    }
    let busy = working.iter().all(|worker| worker.free == 0);
    busy.then(|| Reason::WorkersBusy { build, workers: names(&working, "or") })
}

/// tag `gpu`, tags `arm` and `gpu`.
fn tags(tags: &[String]) -> String {
    let quoted: Vec<_> = tags.iter().map(|tag| format!("`{tag}`")).collect();
    let word = if quoted.len() == 1 { "tag" } else { "tags" };
    format!("{word} {}", quoted.join(" and "))
}
