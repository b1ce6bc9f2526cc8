//! What commits do, seen beside the ledger: who was given what, when, and what that one holds.

use super::Rules;
use crate::model::Interrupt;
use crate::world::World;
use pikoci_engine::facts::Lease;
use pikoci_engine::part::{Applied, CreateBuild, Fate, Part, StartBuild};
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_protocol::numbers::{LEASE_MS, SESSION_NOTE_MS};

/// An attempt of a build that the ledger gave to an ask.
pub(super) struct Given {
    pub(super) build: BuildId,
    host: String,
    session: u64,
    /// What it holds, as the ledger has it.
    holds: Vec<String>,
    /// What it excludes others from: serial groups, and how many may run of what.
    groups: Vec<String>,
    places: Vec<(String, u32)>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// It has ended, and its processes may still be there.
    Unreleased,
    Gone,
}

impl World {
    /// Follows what a commit did.
    pub(crate) fn watch_commit(&mut self, parts: &[Part], applied: &[Applied]) {
        self.rules.changed |= !parts.is_empty();
        for (part, applied) in parts.iter().zip(applied) {
            if *applied != Applied::Missed {
                self.watch_part(part, applied);
            }
        }
    }

    fn watch_part(&mut self, part: &Part, applied: &Applied) {
        let now = self.now;
        match (part, applied) {
            (Part::SetPipeline(set), Applied::Set { .. }) => {
                self.pipelines.insert(set.name.clone(), serde_json::from_str(&set.source).unwrap());
            }
            (Part::Archive { pipeline, .. }, _) => drop(self.pipelines.remove(pipeline.as_str())),
            (Part::Session { worker, session, n, .. }, _) => {
                let told = self.rules.sessions.entry((worker.clone(), *session)).or_insert((*n, now));
                if told.0 < *n {
                    *told = (*n, now);
                }
            }
            (Part::EndLease { lease, .. }, _) => self.lease_ended(lease),
            (Part::StartBuild(start), _) => self.given(start),
            (Part::CreateBuild(create), Applied::Made { started, .. }) => self.created(create, *started),
            (Part::Rerun(rerun), Applied::Made { .. }) => self.rules.made.push(rerun.id.clone()),
            (Part::Decide(decide), Applied::Decided { builds, .. }) => {
                for create in &decide.builds {
                    if let Some((.., started)) = builds.iter().find(|(build, ..)| *build == create.id) {
                        self.created(create, *started);
                        self.check_decision(&create.id);
                    }
                }
            }
            (Part::Advance(advance), _) if advance.result.is_some() => {
                self.rules.ended(&advance.attempt, State::Gone);
            }
            (Part::Lose { attempt, fate, .. }, _) => self.given_up(attempt, *fate),
            (Part::Release { attempt, .. }, _) => self.rules.ended(attempt, State::Gone),
            _ => {}
        }
    }

    fn created(&mut self, create: &CreateBuild, started: bool) {
        self.rules.made.push(create.id.clone());
        if let Some(start) = create.start.as_ref().filter(|_| started) {
            self.given(start);
        }
    }

    /// A build was given to an ask: nobody may be in its way.
    fn given(&mut self, start: &StartBuild) {
        let plan = std::rc::Rc::clone(&self.plans[&start.to.plan]);
        let (pipeline, job) = &*plan;
        let place = |name: &str, limit: u32| (limit > 0).then(|| (format!("{pipeline}/{name}"), limit));
        let in_flight =
            job.max_in_flight.as_ref().and_then(|(name, limit)| place(&format!("={name}"), *limit));
        let given = Given {
            build: start.build.clone(),
            host: start.to.ask.worker.to_string(),
            session: start.to.ask.session,
            holds: start.holds.clone(),
            groups: match self.pipelines.get(pipeline) {
                Some(pipeline) => pipeline.group_keys(job),
                None => Vec::new(),
            },
            places: place(&job.name, job.concurrency).into_iter().chain(in_flight).collect(),
            state: State::Running,
        };
        let host = self.hosts.iter().find(|host| host.id == start.to.ask.worker);
        if host.is_none_or(|host| job.tags.iter().any(|tag| !host.spec.tags.contains(tag))) {
            self.rules.breaks("tags", format!("{} of {:?} went to {}", job.name, job.tags, given.host));
        }
        if job.interruptible != Interrupt::Never {
            self.check_not_overtaken(&start.build);
        }
        self.rules.check_given(&start.to.attempt, &given);
        self.rules.given.insert(start.to.attempt.clone(), given);
    }

    /// Of an interruptible job no build starts that is older than one of its space that has been started.
    fn check_not_overtaken(&mut self, build: &BuildId) {
        let newer = self.inspect(
            "SELECT o.id FROM builds b JOIN builds o ON o.job_id = b.job_id AND o.space = b.space AND o.rerun = 0 \
             AND o.cause LIKE 'v:%' AND o.number > b.number AND o.started_ms IS NOT NULL \
             WHERE b.id = ?1 AND b.rerun = 0 AND b.cause LIKE 'v:%'",
            &[build.as_str()],
        );
        // One that starts in the same commit starts after it.
        let before = |newer: &&String| self.rules.given.values().any(|given| given.build.as_str() == **newer);
        if let Some(newer) = newer.iter().find(before) {
            self.rules.breaks("R1", format!("{build} starts, and {newer}, which is newer, had been started"));
        }
    }

    /// A session's lease ended: it must have been silent for long enough, and for a reason.
    fn lease_ended(&mut self, lease: &Lease) {
        let now = self.now;
        let key = (lease.worker.clone(), lease.session);
        let told_ms = self.rules.sessions.get(&key).map_or(0, |(_, told_ms)| *told_ms);
        if told_ms + LEASE_MS > now {
            let what = format!("the lease of {} ended {} ms after it was heard", lease.worker, now - told_ms);
            self.rules.breaks("R3", what);
        }
        let host = self.hosts.iter().position(|host| host.id == lease.worker);
        let excused = self
            .rules
            .disturbed
            .iter()
            .any(|(of, from, to)| Some(*of) == host && *from <= now && *to + SESSION_NOTE_MS >= told_ms);
        if !excused {
            self.rules.breaks("R3", format!("the lease of {} ended, and all was well", lease.worker));
        }
        let of_it = |given: &Given| given.host == lease.worker.as_str() && given.session <= lease.session;
        let running = self.rules.given.iter_mut().filter(|(_, given)| given.state == State::Running);
        for (attempt, given) in running.filter(|(_, given)| of_it(given)) {
            given.state = State::Unreleased;
            self.rules.lost.insert(attempt.clone());
        }
    }

    /// An attempt was given up because its worker's State does not have it.
    fn given_up(&mut self, attempt: &AttemptId, fate: Fate) {
        self.rules.ended(attempt, State::Gone);
        if fate == Fate::Lost {
            self.rules.lost.insert(attempt.clone());
            // Of a machine that was started anew nobody can say what it had begun.
            let worker = self.inspect("SELECT worker_id FROM attempts WHERE id = ?1", &[attempt.as_str()]);
            let rebooted = |host: &usize| worker.contains(&format!("host{host}"));
            if !self.rules.rebooted.iter().any(rebooted) {
                self.rules.breaks("R3", format!("attempt {attempt} is lost though its worker lives"));
            }
        } else if self.rules.starts.contains_key(attempt) {
            self.rules.breaks("R2", format!("attempt {attempt} was started, and its build is pending again"));
        }
    }

    /// A step begins: nobody else may have what its attempt holds, nor its build.
    pub(crate) fn begins_step(&mut self, attempt: &AttemptId, step: u32, careful: bool) {
        let Some(given) = self.rules.given.get(attempt).filter(|_| careful) else { return };
        let other = self.rules.given.iter().find(|(id, other)| {
            let owns = |hold: &String| given.holds.contains(hold);
            let taken = other.state != State::Gone && other.holds.iter().any(owns);
            *id != attempt && (taken || other.state == State::Running && other.build == given.build)
        });
        if let Some((other, _)) = other {
            let what = format!("{attempt} begins step {step} while {other} has what it held");
            self.rules.breaks("hold", what);
        }
    }
}

impl Rules {
    fn ended(&mut self, attempt: &AttemptId, state: State) {
        if let Some(given) = self.given.get_mut(attempt) {
            given.state = state;
        }
    }

    /// Nobody may be in the way of what is given.
    fn check_given(&mut self, attempt: &AttemptId, new: &Given) {
        let mut broken = Vec::new();
        let there = || self.given.values().filter(|given| given.state != State::Gone);
        if there().any(|other| other.state == State::Running && other.build == new.build) {
            broken.push(("R2", format!("build {} runs twice: {attempt}", new.build)));
        }
        for (key, other) in new.holds.iter().flat_map(|key| there().map(move |other| (key, other))) {
            if other.holds.contains(key) {
                broken.push(("hold", format!("{key} is held by {} and {}", other.build, new.build)));
            }
        }
        for group in &new.groups {
            if let Some(other) = there().find(|other| other.groups.contains(group)) {
                broken.push(("group", format!("{group}: {} and {} run", other.build, new.build)));
            }
        }
        for (place, limit) in &new.places {
            let running =
                there().filter(|other| other.places.iter().any(|(other, _)| other == place)).count();
            if running >= *limit as usize {
                broken.push(("limit", format!("{place}: {} of {limit} run", running + 1)));
            }
        }
        broken.into_iter().for_each(|(rule, what)| self.breaks(rule, what));
    }
}
