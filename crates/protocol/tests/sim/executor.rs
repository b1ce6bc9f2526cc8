//! What an executor would do, only pretended: the record of an attempt, and the script of what is still to come.

use crate::dice::Dice;
use crate::model::{Job, Kind as Of, Pipeline, Resource};
use crate::world::{Happening, World};
use pikoci_plan::event::{Event, Frame, Stream};
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::values::{BuildValues, CheckValues};
use pikoci_protocol::message::{Go, Values};
use pikoci_protocol::worker::Kind;
use std::collections::VecDeque;

/// An attempt on its host.
pub(crate) struct Record {
    pub(crate) kind: Kind,
    /// The position of the first of `events`.
    first: u64,
    /// With when each was produced.
    events: Vec<(u64, Event)>,
    /// What is still to come, each after so many milliseconds.
    script: VecDeque<(u64, Doing)>,
    running: bool,
    /// How it ended.
    end: Option<Event>,
    /// It has a slot.
    has_slot: bool,
    /// Of a session before, without a result.
    lost: bool,
    /// Its steps wait while no server is heard.
    careful: bool,
    /// How many steps come before its puts.
    puts_from: u32,
}

/// What comes next.
#[derive(Debug, Clone)]
enum Doing {
    Say(Event),
    /// A put is done: what it makes is known only then.
    Put {
        step: u32,
        pipeline: String,
        resource: String,
    },
}

impl Record {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            first: 0,
            events: Vec::new(),
            script: VecDeque::new(),
            running: true,
            end: None,
            has_slot: true,
            lost: false,
            careful: false,
            puts_from: u32::MAX,
        }
    }

    /// One that was cancelled before it started.
    pub(crate) fn refused() -> Self {
        Self { running: false, has_slot: false, ..Self::new(Kind::Build) }
    }

    pub(crate) fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    pub(crate) fn complete(&self) -> bool {
        matches!(self.events.last(), Some((_, Event::Result { .. })))
    }

    pub(crate) fn add(&mut self, now: u64, event: Event) {
        if matches!(event, Event::Result { .. }) {
            self.running = false;
            self.end = Some(event.clone());
        }
        self.events.push((now, event));
    }

    /// Whether its slot is free from now on.
    pub(crate) fn take_slot(&mut self) -> bool {
        std::mem::take(&mut self.has_slot)
    }

    /// A new session ends what is left of it. Whether it is complete.
    pub(crate) fn sweep(&mut self) -> bool {
        (self.running, self.has_slot) = (false, false);
        self.script.clear();
        self.lost = !self.complete();
        !self.lost
    }

    /// What was produced after `at` is not on disk.
    pub(crate) fn lose_since(&mut self, at: u64) {
        self.events.retain(|(when, _)| *when <= at);
        self.script.clear();
    }

    /// The ledger has all before this position. Whether the end of a lost one can be said now.
    pub(crate) fn stored(&mut self, upto: u64) -> bool {
        let gone = (upto.saturating_sub(self.first) as usize).min(self.events.len());
        self.events.drain(..gone);
        self.first += gone as u64;
        let lost = std::mem::take(&mut self.lost);
        if lost && self.events.is_empty() {
            self.first = self.first.max(upto);
        }
        lost
    }

    /// The ledger stands at `at` without the result, which is to be said there.
    pub(crate) fn again(&mut self, at: u64) -> Option<Event> {
        self.first = self.first.max(at);
        self.end.take()
    }

    /// The events from a position on.
    pub(crate) fn from(&self, position: u64) -> Vec<Event> {
        let skip = position.checked_sub(self.first).map_or(usize::MAX, |skip| skip as usize);
        self.events.iter().skip(skip).map(|(_, event)| event.clone()).collect()
    }

    /// Its worker stops. Whether it runs.
    pub(crate) fn stop(&mut self) -> bool {
        if self.running {
            let message = Some("worker stopped".to_owned());
            let end =
                Event::Result { outcome: Outcome::Errored, at_ms: 0, message, warning: false, stopped: true };
            self.script = VecDeque::from([(0, Doing::Say(end))]);
        }
        self.running
    }

    /// Whether its next event begins a step that must wait while no server is heard.
    fn waits(&self) -> bool {
        match self.script.front() {
            Some((_, Doing::Say(Event::StepStarted { step, .. }))) => self.careful || *step >= self.puts_from,
            _ => false,
        }
    }
}

impl World {
    pub(crate) fn start_attempt(&mut self, index: usize, go: Go) {
        self.say(format!("host{index} starts attempt {} on ask {}", go.attempt, go.ask));
        self.rules.started(&go.attempt, index, go.session, go.ask);
        let record = match &go.values {
            Values::Build(values) => self.build_record(&go, values),
            Values::Check(values) => self.check_record(&go, values),
        };
        self.hosts[index].records.insert(go.attempt.clone(), record);
        self.produce_next(index, go.attempt);
    }

    /// When the next event of an attempt comes.
    pub(crate) fn produce_next(&mut self, index: usize, attempt: AttemptId) {
        let (host, life) = (&self.hosts[index], self.hosts[index].life());
        let next = host.records.get(&attempt).and_then(|record| record.script.front());
        if let Some(delay) = next.map(|(delay, _)| *delay) {
            self.after(delay, Happening::Produce(index, life, attempt));
        }
    }

    pub(crate) fn host_produces(&mut self, index: usize, life: u64, attempt: &AttemptId) {
        let now = self.now;
        let host = &mut self.hosts[index];
        if host.life() != life {
            return;
        }
        let (Some(record), Some(worker)) = (host.records.get_mut(attempt), &host.worker) else { return };
        if record.waits() && worker.is_cautious(now) {
            self.say(format!("host{index}: {attempt} waits until a server is heard"));
            return self.after(500, Happening::Produce(index, life, attempt.clone()));
        }
        let careful = record.careful;
        let Some((_, doing)) = record.script.pop_front() else { return };
        let event = match doing {
            Doing::Say(event) => event,
            Doing::Put { step, pipeline, resource } => self.put(step, &pipeline, &resource),
        };
        if let Event::StepStarted { step, .. } = &event {
            self.begins_step(attempt, *step, careful);
        }
        self.add(index, attempt, event);
        self.host_acts(index, Vec::new());
        self.produce_next(index, attempt.clone());
    }

    pub(crate) fn cancel_attempt(&mut self, index: usize, attempt: &AttemptId, skip_hooks: bool) {
        let hooks = if skip_hooks { 0 } else { self.dice.below(1_500) };
        let Some(record) = self.hosts[index].records.get_mut(attempt) else { return };
        if record.running {
            record.script = VecDeque::from([(hooks, Doing::Say(result(Outcome::Cancelled, None)))]);
            self.produce_next(index, attempt.clone());
        }
    }

    fn build_record(&mut self, go: &Go, values: &BuildValues) -> Record {
        let plan = std::rc::Rc::clone(&self.plans[&go.plan_hash]);
        let (pipeline, job) = &*plan;
        // What becomes of a build follows from what it is, so that leaving out an act changes little else.
        let name = format!("{} {} {}", go.plan_hash, values.number, self.rules.attempts_of(&values.id));
        let mut dice = Dice::named(self.script.seed, &name);
        let puts_from = job.gets.len() as u32 + 1;
        let trouble = !self.rules.calm;
        if let Some(get) = job.gets.iter().find(|get| !values.inputs.contains_key(&get.name)) {
            self.rules
                .breaks("inputs", format!("{} is started without a version for {}", values.id, get.name));
        }
        let script = script((pipeline, job), &go.attempt, trouble, &mut dice);
        Record { script, careful: job.is_careful(), puts_from, ..Record::new(Kind::Build) }
    }

    /// What the outside has that is newer than what is known.
    fn check_record(&mut self, go: &Go, values: &CheckValues) -> Record {
        let origin: u64 = go.plan_hash.strip_prefix("check.").and_then(|text| text.parse().ok()).unwrap();
        let spaces = self.rules.spaces.contains(&origin);
        let (versions, more) = self.outside.check(origin, spaces, values.newest.as_ref());
        let delay = if self.dice.chance(5) { self.dice.below(9_000) } else { self.dice.below(80) };
        let fails = !self.rules.calm && self.dice.chance(6);
        let script = match fails {
            true => VecDeque::from([(delay, Doing::Say(result(Outcome::Errored, Some("no network"))))]),
            false => VecDeque::from([
                (delay, Doing::Say(Event::Versions { versions, more })),
                (1, Doing::Say(result(Outcome::Succeeded, None))),
            ]),
        };
        Record { script, ..Record::new(Kind::Check) }
    }

    fn put(&mut self, step: u32, pipeline: &str, resource: &str) -> Event {
        let dice = &mut self.dice;
        let known = self.pipelines.get(pipeline).and_then(|pipeline: &Pipeline| pipeline.resource(resource));
        let version = match known {
            Some(Resource { kind: Of::Checked(_) | Of::OnDemand, origin, spaces, .. }) => {
                self.outside.put_checked(*origin, *spaces, dice)
            }
            Some(Resource { kind: Of::Stream, .. }) => self.outside.put(resource, dice),
            _ => self.outside.put(&format!("{pipeline}.{resource}"), dice),
        };
        self.say(format!("puts {resource} {version:?}"));
        Event::Output { step, resource: resource.to_owned(), versions: vec![version] }
    }
}

/// What a build does: gets, a task with a log, puts.
fn script(
    (pipeline, job): (&str, &Job),
    attempt: &AttemptId,
    trouble: bool,
    dice: &mut Dice,
) -> VecDeque<(u64, Doing)> {
    let mut script = VecDeque::new();
    let mut offset = 0;
    let task = job.gets.len() as u32;
    let broken_get = (trouble && dice.chance(3)).then(|| dice.below(u64::from(task) + 3) as u32);
    // At rest nobody waits for long work.
    let work_ms = if trouble { job.work_ms } else { job.work_ms.min(100) };
    let fails = trouble && dice.chance(job.fails);
    for step in 0..=task {
        script.push_back((dice.below(20), Doing::Say(Event::StepStarted { step, at_ms: 0 })));
        if step == task {
            for line in 0..dice.below(6) {
                let text = format!("{attempt} line {line}\n").into_bytes();
                let length = text.len() as u64;
                script.push_back((
                    dice.below(work_ms / 4 + 1),
                    Doing::Say(Event::Log(Frame::raw(step, Stream::Output, offset, text))),
                ));
                offset += length;
            }
        }
        let outcome = match (broken_get == Some(step) && step < task, step == task && fails) {
            (true, _) => Outcome::Errored,
            (_, true) => Outcome::Failed,
            _ => Outcome::Succeeded,
        };
        script.push_back((dice.below(work_ms + 1), Doing::Say(ended(step, outcome.into()))));
        if outcome != Outcome::Succeeded {
            script.push_back((1, Doing::Say(result(outcome, None))));
            return script;
        }
    }
    for (step, resource) in (task + 1..).zip(&job.puts) {
        let put = Doing::Put { step, pipeline: pipeline.to_owned(), resource: resource.clone() };
        script.push_back((1, Doing::Say(Event::StepStarted { step, at_ms: 0 })));
        script.push_back((dice.below(200), put));
        script.push_back((1, Doing::Say(ended(step, Status::Succeeded))));
    }
    script.push_back((dice.below(10), Doing::Say(result(Outcome::Succeeded, None))));
    script
}

fn ended(step: u32, status: Status) -> Event {
    Event::StepEnded { step, status, at_ms: 0, message: None, warning: false }
}

/// The result of an attempt whose worker did not live to see its end.
pub(crate) fn lost() -> Event {
    let message = Some("worker lost".to_owned());
    Event::Result { outcome: Outcome::Errored, at_ms: 0, message, warning: false, stopped: true }
}

pub(crate) fn result(outcome: Outcome, message: Option<&str>) -> Event {
    Event::Result { outcome, at_ms: 0, message: message.map(str::to_owned), warning: false, stopped: false }
}
