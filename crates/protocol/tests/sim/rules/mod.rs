//! The rules, checked after every happening and at rest, against what is known of what happened beside the ledger.

mod commits;
mod decisions;
mod fresh;
mod ledger;
mod newest;
mod rest;
mod why;

use crate::Broken;
use crate::model::Pipeline;
use crate::world::World;
use commits::Given;
use pikoci_plan::event::Event;
use pikoci_plan::id::{AttemptId, BuildId, WorkerId};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of what happened, beside the ledger.
#[derive(Default)]
pub(crate) struct Rules {
    /// Who started each attempt, how often.
    starts: BTreeMap<AttemptId, Vec<(usize, u64, u64)>>,
    asks: BTreeMap<(usize, u64, u64), AttemptId>,
    /// Attempts whose worker was killed while it held them.
    killed: BTreeSet<AttemptId>,
    /// What attempts wrote, and how they ended.
    logs: BTreeMap<AttemptId, Vec<u8>>,
    /// What their puts made.
    puts: BTreeMap<AttemptId, Vec<(String, Version)>>,
    /// Several, where a worker was killed after the ledger had heard its result and before its disk had.
    results: BTreeMap<AttemptId, BTreeSet<Outcome>>,
    answers: BTreeMap<String, BuildId>,
    finals: BTreeMap<String, Status>,
    /// All builds in the order in which they were made.
    made: Vec<BuildId>,
    /// All attempts of builds that the ledger gave to asks.
    given: BTreeMap<AttemptId, Given>,
    /// Of the attempts that a lease's end took.
    lost: BTreeSet<AttemptId>,
    /// What the ledger was told of sessions last: the number, and when that was first told.
    sessions: BTreeMap<(WorkerId, u64), (u64, u64)>,
    /// When hosts were cut off, stopped or down.
    disturbed: Vec<(usize, u64, u64)>,
    /// Hosts whose machine was started anew.
    pub(crate) rebooted: BTreeSet<usize>,
    /// Versions of the outside were taken back: what was newest before may be kept.
    pub(crate) pushed_back: bool,
    /// What of the outside has spaces.
    pub(crate) spaces: BTreeSet<u64>,
    pub(crate) clocks_were_wrong: bool,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    broken: Option<Broken>,
    /// The ledger was changed since it was last looked at, and when that was; the newest change that was seen.
    changed: bool,
    looked_ms: u64,
    seen_seq: u64,
}

impl Rules {
    pub(crate) fn breaks(&mut self, rule: &'static str, what: String) {
        self.broken.get_or_insert(Broken { rule, what });
    }

    pub(crate) fn started(&mut self, attempt: &AttemptId, host: usize, session: u64, ask: u64) {
        let starts = self.starts.entry(attempt.clone()).or_default();
        starts.push((host, session, ask));
        if starts.len() > 1 {
            let times = starts.len();
            self.breaks("R2", format!("attempt {attempt} was started {times} times"));
        }
        if let Some(before) = self.asks.insert((host, session, ask), attempt.clone()) {
            self.breaks("R2", format!("ask {ask} was used by {before} and {attempt}"));
        }
    }

    pub(crate) fn killed(&mut self, attempt: &AttemptId) {
        self.killed.insert(attempt.clone());
    }

    pub(crate) fn disturbed(&mut self, host: usize, from: u64, to: u64) {
        self.disturbed.push((host, from, to));
    }

    pub(crate) fn produced(&mut self, attempt: &AttemptId, event: &Event) {
        match event {
            Event::Log(frame) => self.logs.entry(attempt.clone()).or_default().extend(&frame.data),
            Event::Output { resource, versions, .. } => {
                let puts = self.puts.entry(attempt.clone()).or_default();
                let new = versions.iter().map(|version| (resource.clone(), version.clone()));
                puts.extend(new.filter(|new| !puts.contains(new)).collect::<Vec<_>>());
            }
            Event::Result { outcome, .. } => {
                self.results.entry(attempt.clone()).or_default().insert(*outcome);
            }
            _ => {}
        }
    }

    pub(crate) fn answered(&mut self, what: String, build: &BuildId) {
        let before = self.answers.insert(what.clone(), build.clone());
        if let Some(before) = before.filter(|before| before != build) {
            self.breaks("R1", format!("{what} was answered with {before} and {build}"));
        }
    }

    /// How many attempts a build has had.
    pub(crate) fn attempts_of(&self, build: &str) -> usize {
        self.given.values().filter(|given| given.build.as_str() == build).count()
    }

    pub(crate) fn builds(&self) -> impl DoubleEndedIterator<Item = &BuildId> {
        self.made.iter()
    }

    pub(crate) fn know_spaces(&mut self, pipeline: &Pipeline) {
        let with = pipeline.resources.iter().filter(|resource| resource.spaces);
        self.spaces.extend(with.map(|resource| resource.origin));
    }
}

impl World {
    /// What must hold at every moment.
    pub(crate) fn check_always(&mut self) -> Result<(), Broken> {
        if let Some(broken) = self.rules.broken.take() {
            return Err(broken);
        }
        // Reading at every happening would cost more than all else together.
        if !self.rules.changed || self.now < self.rules.looked_ms + 1_000 {
            return Ok(());
        }
        (self.rules.changed, self.rules.looked_ms) = (false, self.now);
        self.check_ledger()
    }

    /// The first column of an answer. What differs from one call to the next stands in `values`, for `?1`, `?2` …: the
    /// statement is compiled once.
    pub(crate) fn inspect(&self, sql: &str, values: &[&str]) -> Vec<String> {
        self.store.inspect(sql, values).unwrap()
    }
}
