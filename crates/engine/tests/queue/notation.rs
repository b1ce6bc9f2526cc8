//! Queues as text.

use pikoci_engine::assign::Ask;
use pikoci_engine::facts::{Holder, JobInfo, PendingBuild, QueuedJob};
use pikoci_engine::queue::{Start, schedule};
use std::collections::BTreeMap;

/// A pending build; the higher its number the younger it is.
pub(crate) fn pending(number: u64) -> PendingBuild {
    PendingBuild {
        build: format!("{number:06}").into(),
        number,
        rerun: 0,
        overtaken_by: None,
        inputs: BTreeMap::new(),
    }
}

/// `shop/deploy group=prod tag=gpu places=2 running=1 served=7 paused gone: 3 5`: a job of a pipeline with its pending
/// builds, the oldest first.
pub(crate) fn job(text: &str) -> QueuedJob {
    let (head, builds) = text.split_once(':').unwrap();
    let mut words = head.split_whitespace();
    let name = words.next().unwrap();
    let (pipeline, _) = name.split_once('/').unwrap();
    let mut info = JobInfo {
        pipeline_id: pipeline.into(),
        name: name.to_owned(),
        plan: Some("plan".into()),
        ..JobInfo::default()
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("group", group) => info.groups.push(group.to_owned()),
            ("tag", tag) => info.tags.push(tag.to_owned()),
            ("places", places) => info.places.push((format!("{name}/"), places.parse().unwrap())),
            ("in_flight", places) => info.places.push((format!("{pipeline}/all/"), places.parse().unwrap())),
            ("running", running) => info.pipeline_running = running.parse().unwrap(),
            ("served", attempt) => info.pipeline_served = attempt.to_owned(),
            ("paused", _) => info.paused = true,
            ("gone", _) => info.plan = None,
            _ => panic!("no such word: {word}"),
        }
    }
    info.groups.sort();
    let builds = builds.split_whitespace().map(|number| pending(number.parse().unwrap())).collect();
    QueuedJob { job: name.into(), info, builds }
}

/// `w1 w1 w2+gpu`: free asks of workers, with what they offer.
pub(crate) fn asks(text: &str) -> Vec<Ask> {
    let ask = |(number, word): (usize, &str)| {
        let mut parts = word.split('+').map(str::to_owned);
        let worker = parts.next().unwrap().into();
        Ask { worker, session: 1, ask: number as u64, n: 1, tags: parts.collect() }
    };
    text.split_whitespace().enumerate().map(ask).collect()
}

pub(crate) fn held(keys: &str) -> BTreeMap<String, Holder> {
    let holder = Holder { attempt: "a".into(), build: "deploy #1".into(), lost: false };
    keys.split_whitespace().map(|key| (key.to_owned(), holder.clone())).collect()
}

/// What starts, in order: `shop/deploy #3 on w1 holds prod`.
pub(crate) fn starts(queue: &[QueuedJob], held: &BTreeMap<String, Holder>, asks: &[Ask]) -> Vec<String> {
    let text = |start: Start| {
        let QueuedJob { info, builds, .. } = &queue[start.job];
        let holds =
            if start.holds.is_empty() { String::new() } else { format!(" holds {}", start.holds.join(" ")) };
        format!("{} #{} on {}{holds}", info.name, builds[start.build].number, start.ask.worker)
    };
    schedule(queue, held, asks).into_iter().map(text).collect()
}
