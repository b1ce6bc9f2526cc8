//! Workers: a machine each, on a host whose disk survives a kill, with an executor that only pretends.

use crate::world::{Happening, OUT, World};
use pikoci_plan::event::{Event, Frame, Stream};
use pikoci_plan::id::{AttemptId, WorkerId};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use pikoci_protocol::message::{Batch, Go, ToServer, Values};
use pikoci_protocol::worker::{Kind, Output, Worker};
use std::collections::BTreeMap;

/// After how many milliseconds what an attempt produced is on disk.
const SAVE_MS: u64 = 100;

/// A host.
pub(crate) struct Host {
    pub(crate) id: WorkerId,
    /// None between a kill and the next start.
    worker: Option<Worker>,
    pub(crate) session: u64,
    slots: usize,
    /// What stands on disk, and in memory while its session lives.
    records: BTreeMap<AttemptId, Record>,
}

struct Record {
    kind: Kind,
    /// The position of the first of `events`.
    first: u64,
    /// With when each was produced.
    events: Vec<(u64, Event)>,
    /// What is still to come.
    script: Vec<Event>,
    running: bool,
    /// Of a session before, without a result.
    lost: bool,
    cancelled: bool,
}

impl Record {
    fn new(kind: Kind, script: Vec<Event>) -> Self {
        Self { kind, first: 0, events: Vec::new(), script, running: true, lost: false, cancelled: false }
    }

    fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn complete(&self) -> bool {
        matches!(self.events.last(), Some((_, Event::Result { .. })))
    }
}

impl Host {
    pub(crate) fn new(index: usize) -> Self {
        Self {
            id: WorkerId(format!("host{index}")),
            worker: None,
            session: 0,
            slots: 1 + index,
            records: BTreeMap::new(),
        }
    }

    /// Whether it holds nothing and all of its slots are free.
    pub(crate) fn at_rest(&self) -> Result<(), String> {
        let Some(worker) = &self.worker else { return Err(format!("{} is down", self.id)) };
        let state = worker.peek();
        if !state.held.is_empty() || state.builds.len() != self.slots || state.checks.len() != 1 {
            return Err(format!("{} is not at rest: {state:?}", self.id));
        }
        Ok(())
    }
}

impl World {
    pub(crate) fn start_host(&mut self, index: usize) {
        let host = &mut self.hosts[index];
        host.session += 1;
        let left: Vec<_> = host.records.keys().cloned().collect();
        let mut worker = Worker::new(host.id.clone(), host.session, false, host.slots, 1, left);
        if self.options.keep_used_asks {
            worker.keep_used_asks();
        }
        for (attempt, record) in &mut host.records {
            record.running = false;
            match record.complete() {
                true => worker.produced(attempt, record.next(), true),
                false => record.lost = true,
            }
        }
        host.worker = Some(worker);
        let session = host.session;
        self.say(format!("worker started: host{index} session {session}"));
        self.after(0, Happening::HostTick(index));
    }

    /// Kills a worker: its memory, its processes, and what it read in its last moments.
    pub(crate) fn kill_host(&mut self, index: usize) {
        let (now, host) = (self.now, &mut self.hosts[index]);
        if host.worker.take().is_none() {
            return;
        }
        for record in host.records.values_mut() {
            record.events.retain(|(at, _)| at + SAVE_MS <= now);
            record.script.clear();
        }
        self.rules.session_died(&self.hosts[index].id, self.hosts[index].session);
        self.say(format!("worker killed: host{index}"));
        let down = 10 + self.random(5_000);
        self.after(down, Happening::StartHost(index));
    }

    pub(crate) fn host_receives(&mut self, index: usize, message: pikoci_protocol::message::ToWorker) {
        let mut outputs = Vec::new();
        if let Some(worker) = &mut self.hosts[index].worker {
            worker.receive(message, &mut outputs);
        }
        self.host_acts(index, outputs);
    }

    pub(crate) fn host_ticks(&mut self, index: usize) {
        if self.hosts[index].worker.is_some() {
            self.host_acts(index, Vec::new());
            self.after(100, Happening::HostTick(index));
        }
    }

    /// Does what the machine says, until it says nothing more.
    fn host_acts(&mut self, index: usize, mut outputs: Vec<Output>) {
        loop {
            let now = self.now;
            let Some(worker) = &mut self.hosts[index].worker else { return };
            worker.flush(now, &mut outputs);
            if outputs.is_empty() {
                return;
            }
            for output in std::mem::take(&mut outputs) {
                self.host_act(index, output);
            }
        }
    }

    fn host_act(&mut self, index: usize, output: Output) {
        match output {
            Output::State(state) => self.tell_servers(&ToServer::State(state)),
            Output::Batch { attempt, from } => self.send_batch(index, &attempt, from),
            Output::Start(go) => self.start(index, *go),
            Output::Refuse(attempt) => {
                self.say(format!("host{index} refuses attempt {attempt}"));
                let record = Record::new(Kind::Build, Vec::new());
                self.hosts[index].records.insert(attempt.clone(), record);
                self.add(index, &attempt, result(Outcome::Cancelled, None));
            }
            Output::Cancel { attempt, .. } => {
                if let Some(record) =
                    self.hosts[index].records.get_mut(&attempt).filter(|record| record.running)
                {
                    record.script = vec![result(Outcome::Cancelled, None)];
                    record.cancelled = true;
                }
            }
            Output::Stored { attempt, upto } => {
                let Some(record) = self.hosts[index].records.get_mut(&attempt) else { return };
                let gone = (upto.saturating_sub(record.first) as usize).min(record.events.len());
                record.events.drain(..gone);
                record.first += gone as u64;
                if std::mem::take(&mut record.lost) {
                    if record.events.is_empty() {
                        record.first = record.first.max(upto);
                    }
                    self.add(index, &attempt, result(Outcome::Errored, Some("worker lost")));
                }
            }
            Output::Forget(attempt) => {
                self.hosts[index].records.remove(&attempt);
            }
        }
    }

    fn tell_servers(&mut self, message: &ToServer) {
        for server in 0..self.servers.len() {
            self.send(|| Happening::ToServer(server, message.clone()));
        }
    }

    fn send_batch(&mut self, index: usize, attempt: &AttemptId, from: u64) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let (Some(record), Some(worker)) = (host.records.get(attempt), &mut host.worker) else { return };
        let events: Vec<_> = match from.checked_sub(record.first) {
            Some(skip) => record.events.iter().skip(skip as usize).map(|(_, event)| event.clone()).collect(),
            None => Vec::new(),
        };
        let last = matches!(events.last(), Some(Event::Result { .. })) && worker.sends_last(attempt);
        let state = last.then(|| worker.state(now));
        let batch = Batch { worker: host.id.clone(), attempt: attempt.clone(), from, events, state };
        self.tell_servers(&ToServer::Batch(batch));
    }

    fn start(&mut self, index: usize, go: Go) {
        let session = self.hosts[index].session;
        self.say(format!("host{index} starts attempt {} on ask {}", go.attempt, go.ask));
        self.rules.started(&go.attempt, &self.hosts[index].id, session, go.ask);
        let record = match go.values {
            Values::Build(_) => {
                let puts = go.plan_hash == "hand";
                Record::new(Kind::Build, self.build_script(&go.attempt, puts))
            }
            Values::Check(values) => Record::new(Kind::Check, self.check_script(values.newest.as_ref())),
        };
        self.hosts[index].records.insert(go.attempt.clone(), record);
        let delay = self.random(50);
        self.after(delay, Happening::Produce(index, session, go.attempt));
    }

    fn build_script(&mut self, attempt: &AttemptId, puts: bool) -> Vec<Event> {
        let mut script = vec![Event::StepStarted { step: 0, at_ms: self.now }];
        let mut offset = 0;
        for line in 0..self.random(6) {
            let text = format!("{attempt} line {line}\n").into_bytes();
            let length = text.len() as u64;
            script.push(Event::Log(Frame::raw(0, Stream::Output, offset, text)));
            offset += length;
            if puts && self.chance(30) {
                script.push(self.put());
            }
        }
        let outcome = if self.chance(80) { Outcome::Succeeded } else { Outcome::Failed };
        let status = Status::from(outcome);
        script.push(Event::StepEnded { step: 0, status, at_ms: self.now, message: None, warning: false });
        script.push(result(outcome, None));
        script
    }

    /// A put: mostly to the resource that nobody checks, now and then of what was there already.
    fn put(&mut self) -> Event {
        let checked = self.chance(30);
        let number = match checked {
            true => &mut self.upstream,
            false => &mut self.published,
        };
        *number += 1;
        let number = *number;
        let number = if self.chance(10) { number.max(2) - 1 } else { number };
        let resource = if checked { "git.r" } else { OUT }.to_owned();
        Event::Output { step: 0, resource, versions: vec![version(number)] }
    }

    /// What the outside has that is newer than what is known.
    fn check_script(&mut self, newest: Option<&Version>) -> Vec<Event> {
        let known = newest.and_then(|version| version.get("ref")).and_then(|text| text.parse::<u64>().ok());
        let from = known.map_or(self.upstream, |known| known + 1);
        let versions = (from..=self.upstream).map(version).collect();
        if self.chance(10) {
            return vec![result(Outcome::Errored, Some("no network"))];
        }
        vec![Event::Versions { versions, more: false }, result(Outcome::Succeeded, None)]
    }

    pub(crate) fn host_produces(&mut self, index: usize, life: u64, attempt: &AttemptId) {
        let host = &mut self.hosts[index];
        if host.session != life || host.worker.is_none() {
            return;
        }
        let Some(record) = host.records.get_mut(attempt) else { return };
        if record.script.is_empty() {
            return;
        }
        let event = record.script.remove(0);
        let put = match &event {
            Event::Output { resource, versions, .. } => {
                Some(format!("puts {resource} {:?}", versions[0].get("ref")))
            }
            _ => None,
        };
        let last = matches!(event, Event::Result { .. });
        if last {
            record.running = false;
            let kind = record.kind;
            if let Some(worker) = &mut host.worker {
                worker.free(kind);
            }
        }
        put.inspect(|put| self.say(format!("host{index}: {attempt} {put}")));
        self.add(index, attempt, event);
        self.host_acts(index, Vec::new());
        if !last {
            let delay = if self.chance(4) { self.random(3_000) } else { self.random(60) };
            self.after(delay, Happening::Produce(index, life, attempt.clone()));
        }
    }

    /// Adds an event to a record, as the executor would.
    fn add(&mut self, index: usize, attempt: &AttemptId, event: Event) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let (Some(record), Some(worker)) = (host.records.get_mut(attempt), &mut host.worker) else { return };
        self.rules.produced(attempt, &event);
        record.events.push((now, event));
        worker.produced(attempt, record.next(), record.complete());
    }
}

fn version(number: u64) -> Version {
    Version::from([("ref", number.to_string())])
}

fn result(outcome: Outcome, message: Option<&str>) -> Event {
    Event::Result { outcome, at_ms: 0, message: message.map(str::to_owned), warning: false, stopped: false }
}
