//! Which pending build starts next, on which ask, and what it holds meanwhile.

use crate::assign::{Ask, spread};
use crate::facts::{Holder, QueuedJob};
use std::collections::{BTreeMap, BTreeSet};

/// A build that is to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The index of the job in the queue.
    pub job: usize,
    /// The index of the build among those of the job.
    pub build: usize,
    /// Where.
    pub ask: Ask,
    /// What it holds, sorted.
    pub holds: Vec<String>,
}

/// Gives asks to pending builds.
///
/// Pipelines take turns: the next ask goes to the one with the fewest running builds, of those to the one that was served
/// least recently; within a pipeline to the oldest build. A hold goes to the oldest build, of whatever pipeline, that
/// could otherwise start. Builds of a paused job, or of one that is gone, do not start; a job whose oldest build finds no
/// worker with its tags, or no hold, stands aside for others.
pub fn schedule(queue: &[QueuedJob], held: &BTreeMap<String, Holder>, asks: &[Ask]) -> Vec<Start> {
    let mut round = Round::new(queue, held, spread(asks));
    let mut starts = Vec::new();
    while let Some(start) = round.next() {
        starts.push(start);
    }
    starts
}

/// What is left to be given.
struct Round<'a> {
    queue: &'a [QueuedJob],
    asks: Vec<Ask>,
    held: BTreeSet<String>,
    /// By job: the index of its oldest build that has not started.
    next: Vec<usize>,
    /// By pipeline: how many of its builds run, and when it was served last: before this round by the id of an attempt,
    /// in it by a number.
    served: BTreeMap<&'a str, (u32, u32, &'a str)>,
    turns: u32,
}

impl<'a> Round<'a> {
    fn new(queue: &'a [QueuedJob], held: &BTreeMap<String, Holder>, asks: Vec<Ask>) -> Self {
        let served = queue.iter().map(|job| {
            let info = &job.info;
            (info.pipeline_id.as_str(), (info.pipeline_running, 0, info.pipeline_served.as_str()))
        });
        Self {
            queue,
            asks,
            held: held.keys().cloned().collect(),
            next: vec![0; queue.len()],
            served: served.collect(),
            turns: 0,
        }
    }

    fn next(&mut self) -> Option<Start> {
        let able: Vec<usize> = (0..self.queue.len()).filter(|&job| self.could_start(job)).collect();
        let oldest = self.oldest_by_hold(&able);
        let fits =
            |job: &usize| self.takes(*job).is_some_and(|keys| keys.iter().all(|key| oldest[key] == *job));
        let job = able.into_iter().filter(fits).min_by_key(|&job| {
            let pipeline = self.queue[job].info.pipeline_id.as_str();
            (self.served[pipeline], self.oldest(job))
        })?;
        Some(self.start(job))
    }

    /// What orders its oldest build among all.
    fn oldest(&self, job: usize) -> &'a str {
        self.queue[job].builds[self.next[job]].build.as_str()
    }

    /// Whether the job's oldest build could start, but for others that want the same hold.
    fn could_start(&self, job: usize) -> bool {
        let QueuedJob { info, builds, .. } = &self.queue[job];
        let waits = self.next[job] < builds.len() && info.plan.is_some() && !info.paused;
        waits && self.asks.iter().any(|ask| ask.offers(&info.tags)) && self.takes(job).is_some()
    }

    /// What its next build would hold; nothing if a hold that it needs is taken.
    fn takes(&self, job: usize) -> Option<Vec<String>> {
        let info = &self.queue[job].info;
        let mut keys = info.groups.clone();
        for (prefix, places) in &info.places {
            let taken = self.held.range(prefix.clone()..).take_while(|key| key.starts_with(prefix.as_str()));
            if taken.count() >= *places as usize {
                return None;
            }
            keys.push(
                (0..*places).map(|place| format!("{prefix}{place}")).find(|key| !self.held.contains(key))?,
            );
        }
        keys.sort();
        keys.iter().all(|key| !self.held.contains(key)).then_some(keys)
    }

    /// Of each key that several could take, the job with the oldest build.
    fn oldest_by_hold(&self, able: &[usize]) -> BTreeMap<String, usize> {
        let mut oldest: BTreeMap<String, usize> = BTreeMap::new();
        for &job in able {
            for key in self.takes(job).into_iter().flatten() {
                let best = oldest.entry(key).or_insert(job);
                if self.oldest(job) < self.oldest(*best) {
                    *best = job;
                }
            }
        }
        oldest
    }

    fn start(&mut self, job: usize) -> Start {
        let info = &self.queue[job].info;
        let holds = self.takes(job).unwrap_or_default();
        self.held.extend(holds.iter().cloned());
        let at = self.asks.iter().position(|ask| ask.offers(&info.tags)).unwrap_or_default();
        self.turns += 1;
        if let Some(served) = self.served.get_mut(info.pipeline_id.as_str()) {
            *served = (served.0 + 1, self.turns, served.2);
        }
        let build = self.next[job];
        self.next[job] += 1;
        Start { job, build, ask: self.asks.remove(at), holds }
    }
}
