//! Workers: a machine each, on a host whose disk survives a kill.

use crate::executor::{Record, lost, result};
use crate::script::HostSpec;
use crate::world::{Happening, World};
use pikoci_plan::event::Event;
use pikoci_plan::id::{AttemptId, WorkerId};
use pikoci_plan::status::Outcome;
use pikoci_protocol::message::{Batch, ToServer, ToWorker};
use pikoci_protocol::worker::{Kind, Output, Worker};
use std::collections::BTreeMap;

/// After how many milliseconds what an attempt produced is on disk.
const SAVE_MS: u64 = 100;

/// A host.
pub(crate) struct Host {
    pub(crate) id: WorkerId,
    pub(crate) spec: HostSpec,
    /// None between a kill and the next start.
    pub(crate) worker: Option<Worker>,
    /// The number that the newest start of its worker began with.
    pub(crate) session: u64,
    /// Counts what takes its memory.
    life: u64,
    rebooted: bool,
    /// What stands on disk, and in memory while its session lives.
    pub(crate) records: BTreeMap<AttemptId, Record>,
    /// What waits for a stopped process to go on.
    frozen: Option<Vec<Happening>>,
    wakes_at: Option<u64>,
    /// How long it is down after it has drained.
    drains: Option<u64>,
}

impl Host {
    pub(crate) fn new(index: usize, spec: &HostSpec) -> Self {
        Self {
            id: WorkerId(format!("host{index}")),
            spec: spec.clone(),
            worker: None,
            session: 0,
            life: 0,
            rebooted: false,
            records: BTreeMap::new(),
            frozen: None,
            wakes_at: None,
            drains: None,
        }
    }

    pub(crate) fn life(&self) -> u64 {
        self.life
    }

    /// Whether it holds nothing and all of its slots are free.
    pub(crate) fn at_rest(&self) -> Result<(), String> {
        let Some(worker) = &self.worker else { return Err(format!("{} is down", self.id)) };
        let state = worker.peek();
        let free = state.builds.len() == self.spec.builds && state.checks.len() == self.spec.checks;
        if !state.held.is_empty() || !free {
            return Err(format!("{} is not at rest: {state:?}", self.id));
        }
        Ok(())
    }
}

impl World {
    /// A worker starts; what was left by the one before is swept first.
    pub(crate) fn start_host(&mut self, index: usize) {
        let host = &mut self.hosts[index];
        if host.worker.is_some() {
            return;
        }
        // The number between belongs to the session of a drain.
        host.session += 2;
        let left: Vec<_> = host.records.keys().cloned().collect();
        let (builds, checks) = (host.spec.builds, host.spec.checks);
        let rebooted = host.rebooted;
        let mut worker = Worker::new(host.id.clone(), host.session, rebooted, builds, checks, left)
            .with_tags(host.spec.tags.clone());
        if self.options.keep_used_asks {
            worker.keep_used_asks();
        }
        for (attempt, record) in &mut host.records {
            if record.sweep() {
                worker.produced(attempt, record.next(), true);
            }
        }
        host.worker = Some(worker);
        let session = host.session;
        self.say(format!("worker started: host{index} session {session} rebooted: {rebooted}"));
        self.host_acts(index, Vec::new());
    }

    /// Takes a worker's memory. Its processes are without it.
    fn stop_worker(&mut self, index: usize, down_ms: u64) -> bool {
        let host = &mut self.hosts[index];
        if host.worker.take().is_none() {
            return false;
        }
        host.life += 1;
        (host.frozen, host.wakes_at, host.drains) = (None, None, None);
        self.after(down_ms, Happening::StartHost(index));
        true
    }

    /// Kills a worker: its memory, and what it read in its last moments.
    pub(crate) fn kill_host(&mut self, index: usize, down_ms: u64) {
        let now = self.now;
        if !self.stop_worker(index, down_ms) {
            return;
        }
        for (attempt, record) in &mut self.hosts[index].records {
            self.rules.killed(attempt);
            record.lose_since(now.saturating_sub(SAVE_MS));
        }
        self.rules.disturbed(index, now, now + down_ms);
        self.say(format!("worker killed: host{index}"));
    }

    /// Stops the machine: of what it did some is gone altogether.
    pub(crate) fn reboot(&mut self, index: usize, down_ms: u64) {
        self.kill_host(index, down_ms);
        let host = &mut self.hosts[index];
        host.rebooted = true;
        self.rules.rebooted.insert(index);
        let names: Vec<_> = host.records.keys().cloned().collect();
        for attempt in names {
            if self.dice.chance(50) {
                self.hosts[index].records.remove(&attempt);
            }
        }
        self.say(format!("machine rebooted: host{index}"));
    }

    pub(crate) fn freeze(&mut self, index: usize, ms: u64) {
        let host = &mut self.hosts[index];
        if host.worker.is_none() || host.frozen.is_some() {
            return;
        }
        host.frozen = Some(Vec::new());
        let life = host.life;
        self.rules.disturbed(index, self.now, self.now + ms);
        self.say(format!("worker stopped: host{index}"));
        self.after(ms, Happening::Thaw(index, life));
    }

    /// What happens to a host that is frozen waits.
    pub(crate) fn keep_if_frozen(&mut self, happening: Happening) -> Option<Happening> {
        let host = match &happening {
            Happening::ToHost(host, _)
            | Happening::HostWake(host, _)
            | Happening::Produce(host, ..)
            | Happening::Deadline(host, _) => *host,
            _ => return Some(happening),
        };
        match &mut self.hosts[host].frozen {
            None => Some(happening),
            Some(kept) => {
                kept.push(happening);
                None
            }
        }
    }

    /// A stopped worker goes on, with all that came meanwhile.
    pub(crate) fn thaw(&mut self, index: usize, life: u64) {
        let host = &mut self.hosts[index];
        if host.life != life {
            return;
        }
        let Some(kept) = host.frozen.take() else { return };
        self.say(format!("worker goes on: host{index}"));
        kept.into_iter().for_each(|happening| self.after(0, happening));
        self.host_acts(index, Vec::new());
    }

    pub(crate) fn drain(&mut self, index: usize, deadline_ms: u64, down_ms: u64) {
        let host = &mut self.hosts[index];
        let (Some(worker), None) = (&mut host.worker, &host.frozen) else { return };
        worker.drain();
        host.drains = Some(down_ms);
        let life = host.life;
        self.after(deadline_ms, Happening::Deadline(index, life));
        self.host_acts(index, Vec::new());
    }

    /// What still runs ends: its worker stops.
    pub(crate) fn drain_deadline(&mut self, index: usize, life: u64) {
        let host = &mut self.hosts[index];
        if host.life != life || host.drains.is_none() {
            return;
        }
        let stops =
            host.records.iter_mut().filter_map(|(attempt, record)| record.stop().then(|| attempt.clone()));
        for attempt in stops.collect::<Vec<_>>() {
            self.produce_next(index, attempt);
        }
    }

    pub(crate) fn host_receives(&mut self, index: usize, message: ToWorker) {
        let mut outputs = Vec::new();
        if let Some(worker) = &mut self.hosts[index].worker {
            worker.receive(message, &mut outputs);
            self.host_acts(index, outputs);
        }
    }

    pub(crate) fn host_wakes(&mut self, index: usize, life: u64) {
        if self.hosts[index].life == life {
            self.hosts[index].wakes_at = None;
            self.host_acts(index, Vec::new());
        }
    }

    /// Does what the machine says, until it says nothing more.
    pub(crate) fn host_acts(&mut self, index: usize, mut outputs: Vec<Output>) {
        loop {
            let now = self.now;
            let Some(worker) = &mut self.hosts[index].worker else { return };
            worker.flush(now, &mut outputs);
            if outputs.is_empty() {
                break;
            }
            for output in std::mem::take(&mut outputs) {
                self.host_act(index, output);
            }
        }
        let host = &mut self.hosts[index];
        host.rebooted &= !host.worker.as_ref().is_some_and(Worker::is_judged);
        self.host_rests(index);
    }

    /// Sees to it that the host wakes in time; one that has drained stops.
    fn host_rests(&mut self, index: usize) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let Some(worker) = &host.worker else { return };
        if let Some(down_ms) = host.drains.filter(|_| worker.is_drained()) {
            self.say(format!("worker has drained: host{index}"));
            self.stop_worker(index, down_ms);
            return;
        }
        let wakes = worker.wake_ms().max(now + 1);
        if host.wakes_at.is_none_or(|at| at > wakes || at < now) {
            host.wakes_at = Some(wakes);
            let life = host.life;
            self.after(wakes - now, Happening::HostWake(index, life));
        }
    }

    fn host_act(&mut self, index: usize, output: Output) {
        match output {
            Output::State(state) => self.tell_servers(index, &ToServer::State(state)),
            Output::Batch { attempt, from } => self.send_batch(index, &attempt, from),
            Output::Start(go) => self.start_attempt(index, *go),
            Output::Refuse(attempt) => {
                self.say(format!("host{index} refuses attempt {attempt}"));
                self.hosts[index].records.insert(attempt.clone(), Record::refused());
                self.add(index, &attempt, result(Outcome::Cancelled, None));
            }
            Output::Cancel { attempt, skip_hooks } => self.cancel_attempt(index, &attempt, skip_hooks),
            Output::Stored { attempt, upto } => {
                self.say(format!("host{index}: {attempt} is stored up to {upto}"));
                let Some(record) = self.hosts[index].records.get_mut(&attempt) else { return };
                if record.stored(upto) {
                    self.add(index, &attempt, lost());
                }
            }
            Output::Again { attempt, at } => {
                self.say(format!("host{index}: the result of {attempt} was not stored: again at {at}"));
                let Some(record) = self.hosts[index].records.get_mut(&attempt) else { return };
                if let Some(end) = record.again(at) {
                    self.add(index, &attempt, end);
                }
            }
            Output::Forget(attempt) => {
                self.say(format!("host{index} forgets attempt {attempt}"));
                self.hosts[index].records.remove(&attempt);
            }
        }
    }

    fn send_batch(&mut self, index: usize, attempt: &AttemptId, from: u64) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let (Some(record), Some(worker)) = (host.records.get(attempt), &mut host.worker) else { return };
        let events = record.from(from);
        let last = matches!(events.last(), Some(Event::Result { .. })) && worker.sends_last(attempt);
        let state = last.then(|| worker.state(now));
        let batch = Batch { worker: host.id.clone(), attempt: attempt.clone(), from, events, state };
        self.tell_servers(index, &ToServer::Batch(batch));
    }

    /// Adds an event to a record, as the executor would.
    pub(crate) fn add(&mut self, index: usize, attempt: &AttemptId, event: Event) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let (Some(record), Some(worker)) = (host.records.get_mut(attempt), &mut host.worker) else { return };
        self.rules.produced(attempt, &event);
        record.add(now, event);
        worker.produced(attempt, record.next(), record.complete());
        if record.complete() && record.take_slot() {
            let kind: Kind = record.kind;
            worker.free(kind);
        }
    }
}
