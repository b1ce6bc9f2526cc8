//! The rules, checked after every happening and at rest.

use crate::world::{OUT, World};
use pikoci_plan::event::Event;
use pikoci_plan::id::{AttemptId, BuildId, WorkerId};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use pikoci_store::read::{Build, BuildPage};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of what happened, beside the ledger.
#[derive(Default)]
pub(crate) struct Rules {
    /// Who started each attempt, how often.
    starts: BTreeMap<AttemptId, Vec<(WorkerId, u64, u64)>>,
    asks: BTreeMap<(WorkerId, u64, u64), AttemptId>,
    dead: BTreeSet<(WorkerId, u64)>,
    /// What attempts wrote, and how they ended.
    logs: BTreeMap<AttemptId, Vec<u8>>,
    /// What their puts made.
    puts: BTreeMap<AttemptId, Vec<(String, Version)>>,
    /// Several, where a worker was killed after the ledger had heard its result and before its disk had.
    results: BTreeMap<AttemptId, BTreeSet<Outcome>>,
    answers: BTreeMap<(&'static str, String), BuildId>,
    finals: BTreeMap<BuildId, Status>,
    broken: Option<String>,
    looked_ms: u64,
}

impl Rules {
    pub(crate) fn started(&mut self, attempt: &AttemptId, worker: &WorkerId, session: u64, ask: u64) {
        let starts = self.starts.entry(attempt.clone()).or_default();
        starts.push((worker.clone(), session, ask));
        if starts.len() > 1 {
            self.broken = Some(format!("R2: attempt {attempt} was started {} times", starts.len()));
        }
        let used = self.asks.insert((worker.clone(), session, ask), attempt.clone());
        if let Some(before) = used {
            self.broken = Some(format!("R2: ask {ask} was used by {before} and {attempt}"));
        }
    }

    pub(crate) fn session_died(&mut self, worker: &WorkerId, session: u64) {
        self.dead.insert((worker.clone(), session));
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

    pub(crate) fn answered(&mut self, job: &'static str, key: &str, build: &BuildId) {
        let before = self.answers.insert((job, key.to_owned()), build.clone());
        if before.as_ref().is_some_and(|before| before != build) {
            self.broken = Some(format!("R1: {job} {key} was answered with {before:?} and {build}"));
        }
    }

    fn in_dead_session(&self, attempt: &AttemptId) -> bool {
        let starts = self.starts.get(attempt).into_iter().flatten();
        starts.clone().count() > 0
            && starts.clone().any(|(worker, session, _)| self.dead.contains(&(worker.clone(), *session)))
    }
}

impl World {
    /// What must hold at every moment.
    pub(crate) fn check_always(&mut self) -> Result<(), String> {
        if let Some(broken) = self.rules.broken.take() {
            return Err(broken);
        }
        // Reading all builds at every happening would cost more than all else together.
        if self.now < self.rules.looked_ms + 2_000 {
            return Ok(());
        }
        self.rules.looked_ms = self.now;
        self.check_builds()
    }

    fn builds(&self) -> Vec<Build> {
        let page = BuildPage { limit: 10_000, ..BuildPage::default() };
        self.jobs.values().flat_map(|job| self.store.builds(job, &page).unwrap()).collect()
    }

    fn check_builds(&mut self) -> Result<(), String> {
        let mut causes = BTreeSet::new();
        let mut versions = BTreeSet::new();
        for build in self.builds() {
            let name = format!("{}#{}", build.job, build.number);
            if !causes.insert((build.job.clone(), build.cause.clone())) {
                return Err(format!("R1: {name}: two builds for {}", build.cause));
            }
            for input in build.inputs.iter().filter(|_| build.cause.starts_with("v:")) {
                if !versions.insert((build.job.clone(), input.version.clone())) {
                    return Err(format!("R1: {name}: two builds for {:?}", input.version));
                }
            }
            if build.status.is_final() {
                let before = *self.rules.finals.entry(build.id.clone()).or_insert(build.status);
                if before != build.status {
                    return Err(format!("R3: {name} was {before} and is {}", build.status));
                }
                self.check_final(&name, &build)?;
            } else if self.rules.finals.contains_key(&build.id) {
                return Err(format!("R3: {name} had ended and is {}", build.status));
            }
        }
        Ok(())
    }

    /// What must hold of a build that has ended.
    fn check_final(&self, name: &str, build: &Build) -> Result<(), String> {
        let Some(attempt) = &build.attempt else { return Ok(()) };
        let message = build.message.as_deref().unwrap_or_default();
        let lost = message.contains("lost");
        if message == "cancelled before it started" && !self.rules.starts.contains_key(attempt) {
            return Ok(());
        }
        if lost && !self.rules.in_dead_session(attempt) {
            return Err(format!(
                "R3: {name} is {} ({:?}) though its worker lives",
                build.status, build.message
            ));
        }
        if lost {
            return Ok(());
        }
        let told = self.rules.results.get(attempt);
        if !build.status.outcome().is_some_and(|outcome| told.is_some_and(|told| told.contains(&outcome))) {
            return Err(format!("R3: {name} is {}, and its attempt said {told:?}", build.status));
        }
        Ok(())
    }

    /// Whether nothing is left to be done.
    pub(crate) fn check_rest(&mut self) -> Result<(), String> {
        let waiting = |status| {
            let page = BuildPage { limit: 1, status: Some(status), ..BuildPage::default() };
            let builds = self.jobs.values().filter_map(|job| self.store.builds(job, &page).unwrap().pop());
            builds.map(|build| format!("R3: {}#{} is still {status}", build.job, build.number)).next()
        };
        if let Some(waiting) = [Status::Pending, Status::Running].into_iter().find_map(waiting) {
            return Err(waiting);
        }
        let newest = self.store.versions(&self.resource, None, 1).unwrap().pop();
        let newest = newest.and_then(|row| row.version.get("ref").map(str::to_owned));
        if newest != Some(self.upstream.to_string()) {
            return Err(format!("the outside has {} and the ledger {newest:?}", self.upstream));
        }
        self.hosts.iter().try_for_each(crate::host::Host::at_rest)
    }

    /// What must hold once all is well again and nothing is left to be done.
    pub(crate) fn check_at_rest(&mut self) -> Result<(), String> {
        self.check_builds()?;
        for build in self.builds() {
            let name = format!("{}#{}", build.job, build.number);
            self.say(format!("{name} {}: {}", build.status, build.message.clone().unwrap_or_default()));
            self.check_log(&name, &build)?;
            self.check_outputs(&name, &build)?;
        }
        self.check_after()?;
        for ((job, key), id) in &self.rules.answers {
            if self.store.build(id).unwrap().is_none() {
                return Err(format!("R1: {job} {key} was answered with {id}, which is not there"));
            }
        }
        Ok(())
    }

    /// The log is what was written; of a killed worker's attempt a beginning of it.
    fn check_log(&self, name: &str, build: &Build) -> Result<(), String> {
        let Some(attempt) = &build.attempt else { return Ok(()) };
        let chunks = self.store.log_from(attempt, 0, usize::MAX).unwrap();
        let stored: Vec<u8> = chunks.into_iter().flat_map(|chunk| chunk.bytes).collect();
        let written = self.rules.logs.get(attempt).cloned().unwrap_or_default();
        let whole = stored == written;
        let beginning = self.rules.in_dead_session(attempt) && written.starts_with(&stored);
        if !whole && !beginning {
            return Err(format!("R4: {name}: {} bytes written, {} stored", written.len(), stored.len()));
        }
        Ok(())
    }

    /// The outputs are what its puts made, each once; of a killed worker's attempt a beginning of it.
    fn check_outputs(&self, name: &str, build: &Build) -> Result<(), String> {
        let Some(attempt) = &build.attempt else { return Ok(()) };
        let stored = self.store.build(&build.id).unwrap().unwrap().outputs;
        let stored: Vec<_> = stored.into_iter().map(|made| (made.resource, made.version)).collect();
        let made = self.rules.puts.get(attempt).cloned().unwrap_or_default();
        if stored != made && !(self.rules.in_dead_session(attempt) && made.starts_with(&stored)) {
            return Err(format!("R2: {name}: its puts made {made:?}, and its outputs are {stored:?}"));
        }
        Ok(())
    }

    /// From the first version that it took, `after` has a build for each of what puts made.
    fn check_after(&self) -> Result<(), String> {
        let versions = self.store.versions(&OUT.into(), None, 10_000).unwrap();
        let taken: BTreeSet<_> = self
            .builds()
            .into_iter()
            .filter(|build| build.job == "after")
            .flat_map(|build| build.inputs.into_iter().map(|input| input.version))
            .collect();
        let since: Vec<_> = versions
            .iter()
            .rev()
            .map(|row| &row.version)
            .skip_while(|version| !taken.contains(*version))
            .collect();
        match since.iter().find(|version| !taken.contains(**version)) {
            Some(left) => Err(format!("R1: `after` has no build for {left:?}")),
            None if since.is_empty() && !versions.is_empty() => Err("R1: `after` was never started".into()),
            None => Ok(()),
        }
    }
}
