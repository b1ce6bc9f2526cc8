//! Which pending build starts next, on which ask, and what it holds meanwhile.

use crate::assign::{Ask, spread};
use crate::facts::{Holder, JobInfo, QueuedJob};
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
    /// By job.
    waiting: Vec<Waiting<'a>>,
    /// By what jobs ask for: how many asks have it.
    offers: BTreeMap<&'a [String], usize>,
    served: BTreeMap<&'a str, Served<'a>>,
    turns: u32,
}

/// What a job waits for.
struct Waiting<'a> {
    /// The index of its oldest build that has not started; behind the last one if none waits.
    next: usize,
    /// What that build would hold, sorted; nothing while something that it needs is held.
    holds: Option<Vec<String>>,
    pipeline: &'a str,
    tags: &'a [String],
}

/// How a pipeline was served: how many of its builds run, and when it was served last, in this round by a number, before
/// by the id of an attempt. The least has the next turn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Served<'a> {
    running: u32,
    turn: u32,
    before: &'a str,
}

impl<'a> Round<'a> {
    fn new(queue: &'a [QueuedJob], held: &BTreeMap<String, Holder>, asks: Vec<Ask>) -> Self {
        let held: BTreeSet<String> = held.keys().cloned().collect();
        let waiting = queue.iter().map(|QueuedJob { info, builds, .. }| {
            let rests = info.paused || info.plan.is_none();
            let next = if rests { builds.len() } else { 0 };
            Waiting { next, holds: holds(info, &held), pipeline: info.pipeline_id.as_str(), tags: &info.tags }
        });
        let served = queue.iter().map(|QueuedJob { info, .. }| {
            let (running, before) = (info.pipeline_running, info.pipeline_served.as_str());
            (info.pipeline_id.as_str(), Served { running, turn: 0, before })
        });
        let offers = queue.iter().map(|job| {
            let tags = job.info.tags.as_slice();
            (tags, asks.iter().filter(|ask| ask.offers(tags)).count())
        });
        Self {
            waiting: waiting.collect(),
            served: served.collect(),
            offers: offers.collect(),
            queue,
            asks,
            held,
            turns: 0,
        }
    }

    fn next(&mut self) -> Option<Start> {
        let able: Vec<usize> = (0..self.queue.len()).filter(|&job| self.could_start(job)).collect();
        let oldest = self.oldest_by_hold(&able);
        let fits = |job: &usize| self.keys(*job).all(|key| oldest[key] == *job);
        let turn = |job: &usize| (self.served[self.waiting[*job].pipeline], self.oldest(*job));
        let job = able.iter().copied().filter(fits).min_by_key(turn)?;
        Some(self.start(job))
    }

    /// What orders its oldest build among all.
    fn oldest(&self, job: usize) -> &'a str {
        self.queue[job].builds[self.waiting[job].next].build.as_str()
    }

    /// Whether the job's oldest build could start, but for others that want the same hold.
    fn could_start(&self, job: usize) -> bool {
        let waiting = &self.waiting[job];
        let waits = waiting.next < self.queue[job].builds.len() && waiting.holds.is_some();
        waits && self.offers[waiting.tags] > 0
    }

    fn keys(&self, job: usize) -> impl Iterator<Item = &str> {
        self.waiting[job].holds.iter().flatten().map(String::as_str)
    }

    /// Of each key that several could take, the job with the oldest build.
    fn oldest_by_hold(&self, able: &[usize]) -> BTreeMap<&str, usize> {
        let mut oldest: BTreeMap<&str, usize> = BTreeMap::new();
        for &job in able {
            for key in self.keys(job) {
                let best = oldest.entry(key).or_insert(job);
                if self.oldest(job) < self.oldest(*best) {
                    *best = job;
                }
            }
        }
        oldest
    }

    fn start(&mut self, job: usize) -> Start {
        let holds = self.waiting[job].holds.clone().unwrap_or_default();
        let ask = self.take_ask(self.waiting[job].tags);
        self.turns += 1;
        if let Some(served) = self.served.get_mut(self.waiting[job].pipeline) {
            served.running += 1;
            served.turn = self.turns;
        }
        let build = self.waiting[job].next;
        self.waiting[job].next += 1;
        self.hold(&holds);
        Start { job, build, ask, holds }
    }

    /// Takes the ask with the fewest tags that has these, so that what only few workers have is kept for who needs it.
    fn take_ask(&mut self, tags: &[String]) -> Ask {
        let asks = self.asks.iter().enumerate();
        let fitting = asks.filter(|(_, ask)| ask.offers(tags)).min_by_key(|(_, ask)| ask.tags.len());
        let ask = self.asks.remove(fitting.map(|(at, _)| at).unwrap_or_default());
        for (tags, left) in &mut self.offers {
            *left -= usize::from(ask.offers(tags));
        }
        ask
    }

    /// Holds the keys, and looks again at what those who want one of them would hold.
    fn hold(&mut self, keys: &[String]) {
        self.held.extend(keys.iter().cloned());
        for (waiting, job) in self.waiting.iter_mut().zip(self.queue) {
            let wants = waiting.holds.iter().flatten().any(|key| keys.contains(key));
            if wants {
                waiting.holds = holds(&job.info, &self.held);
            }
        }
    }
}

/// What a build of the job would hold beside what is held, sorted; nothing if something that it needs is taken.
fn holds(info: &JobInfo, held: &BTreeSet<String>) -> Option<Vec<String>> {
    let mut keys = info.groups.clone();
    for (prefix, places) in &info.places {
        let taken = held.range(prefix.clone()..).take_while(|key| key.starts_with(prefix.as_str()));
        if taken.count() >= *places as usize {
            return None;
        }
        keys.push((0..*places).map(|place| format!("{prefix}{place}")).find(|key| !held.contains(key))?);
    }
    keys.sort();
    keys.dedup();
    keys.iter().all(|key| !held.contains(key)).then_some(keys)
}
