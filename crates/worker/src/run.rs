//! The loop around the protocol's machine.

use crate::attempt::{Running, Shared, errored, lost, refused};
use crate::compress::Compress;
use crate::record::Record;
use crate::stop::{Ending, Stop};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pikoci_bus::Address;
use pikoci_bus::in_process::Wire;
use pikoci_executor::{Cancel, Given, Home, HomeError, Options, Slot, Work, steady_ms};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::Plan;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Batch, Go, ToServer, ToWorker, Values};
use pikoci_protocol::numbers::BATCH_BYTES;
use pikoci_protocol::worker::{Kind, Output, Worker};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// How many inputs may wait for the loop. Messages beyond are lost, attempts beyond wait.
const QUEUE: usize = 1024;

/// How many decoded plans are kept; with more all are forgotten and decoded anew.
const PLANS: usize = 64;

/// What a worker has.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How many builds run at once.
    pub slots: usize,
    /// How many checks run at once.
    pub checks: usize,
    /// What it offers to jobs and checks that ask for it: it may be given these besides those that ask for nothing.
    pub tags: Vec<String>,
    /// Values of secrets that were given where a pipeline was loaded, by the pipeline's name. They are in no plan.
    pub given: BTreeMap<String, Given>,
}

/// Why a worker cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// Its work directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// What a session before left in it.
    #[error("{path} cannot be read: {error}")]
    Left {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// What the loop hears.
pub(crate) enum Input {
    /// Bytes from the wire.
    Message(Vec<u8>),
    /// An attempt has produced events up to a position.
    Produced { attempt: AttemptId, upto: u64 },
    /// An attempt has ended, its slot is free, and its result is in its record.
    Ended { attempt: AttemptId, kind: Kind, slot: Slot, upto: u64, problems: Vec<String> },
}

/// Works until `stop` says otherwise, or its sender is gone, which means [`Stop::Cancel`]. Returns once no process of an
/// attempt is left, and all is delivered, as far as servers still answer.
///
/// # Errors
/// If what a session before left cannot be read, or a slot cannot be had.
pub async fn run(
    home: Home,
    config: Config,
    wire: Wire,
    mut stop: watch::Receiver<Stop>,
) -> Result<(), WorkerError> {
    let (inputs, mut received) = mpsc::channel(QUEUE);
    let to_loop = inputs.clone();
    let _listening = wire.attach(Address::Worker(home.id().clone()), move |message| {
        // A full queue loses the message; the server says it again.
        let _lost = to_loop.try_send(Input::Message(message));
    });
    let mut looping = Loop::new(home, config, wire, inputs)?;
    let mut is_led = true;
    loop {
        looping.flush();
        if looping.is_over() {
            return Ok(());
        }
        let wake = looping.wake();
        tokio::select! {
            // The loop has a sender itself.
            Some(input) = received.recv() => looping.take(input),
            Some(ended) = looping.running.next() => looping.take(ended),
            () = tokio::time::sleep_until(wake) => {}
            changed = stop.changed(), if is_led => {
                is_led = changed.is_ok();
                let word = *stop.borrow_and_update();
                looping.hear(if !is_led && word == Stop::No { Stop::Cancel } else { word });
            }
        }
        while let Ok(input) = received.try_recv() {
            looping.take(input);
        }
    }
}

/// An attempt that the worker holds.
struct Held {
    record: Shared,
    /// Gone once it has ended.
    cancel: Option<watch::Sender<Cancel>>,
}

struct Loop {
    machine: Worker,
    home: Home,
    wire: Wire,
    inputs: mpsc::Sender<Input>,
    held: HashMap<AttemptId, Held>,
    /// Of sessions before and without a result: it is added once the ledger has said where it stands.
    lost: BTreeSet<AttemptId>,
    builds: Vec<Slot>,
    checks: Vec<Slot>,
    /// The attempts that run; each gives [`Input::Ended`].
    running: FuturesUnordered<Pin<Box<dyn Future<Output = Input> + Send>>>,
    plans: HashMap<String, Plan>,
    given: BTreeMap<String, Given>,
    compress: Compress,
    saves_from_ms: u64,
    /// A record could not be written when it was last tried.
    disk_refuses: bool,
    outputs: Vec<Output>,
    /// Until when it is certain that servers have not given up this worker.
    sure_until: watch::Sender<u64>,
    ending: Ending,
}

impl Loop {
    fn new(home: Home, config: Config, wire: Wire, inputs: mpsc::Sender<Input>) -> Result<Self, WorkerError> {
        let slot = |number: usize| home.slot(number as u32);
        let builds = (0..config.slots).map(slot).collect::<Result<Vec<_>, _>>()?;
        let checks = (config.slots..config.slots + config.checks).map(slot).collect::<Result<Vec<_>, _>>()?;
        let left = left(&home)?;
        let machine = Worker::new(
            home.id().clone(),
            home.session(),
            home.rebooted(),
            config.slots,
            config.checks,
            left.keys().cloned(),
        )
        .with_tags(config.tags);
        let mut looping = Self {
            machine,
            home,
            wire,
            inputs,
            held: HashMap::new(),
            lost: BTreeSet::new(),
            builds,
            checks,
            running: FuturesUnordered::new(),
            plans: HashMap::new(),
            given: config.given,
            compress: Compress::default(),
            saves_from_ms: 0,
            disk_refuses: false,
            outputs: Vec::new(),
            sure_until: watch::Sender::new(0),
            ending: Ending::default(),
        };
        for (attempt, record) in left {
            if record.is_complete() {
                looping.machine.produced(&attempt, record.next(), true);
            } else {
                looping.lost.insert(attempt.clone());
            }
            looping.held.insert(attempt, Held { record: Shared::new(record), cancel: None });
        }
        Ok(looping)
    }

    fn take(&mut self, input: Input) {
        self.ending.sign();
        match input {
            Input::Message(bytes) => match codec::decode::<ToWorker>(&bytes) {
                Ok(message) => self.machine.receive(message, &mut self.outputs),
                Err(error) => complain(&format!("a message was not understood: {error}")),
            },
            Input::Produced { attempt, upto } => {
                if let Some(held) = self.held.get(&attempt) {
                    held.record.compress_ahead(&mut self.compress);
                }
                self.machine.produced(&attempt, upto, false);
            }
            Input::Ended { attempt, kind, slot, upto, problems } => {
                problems.iter().for_each(|problem| complain(problem));
                if let Some(held) = self.held.get_mut(&attempt) {
                    held.cancel = None;
                }
                self.slots(kind).push(slot);
                self.machine.free(kind);
                self.machine.produced(&attempt, upto, true);
            }
        }
    }

    fn slots(&mut self, kind: Kind) -> &mut Vec<Slot> {
        match kind {
            Kind::Build => &mut self.builds,
            Kind::Check => &mut self.checks,
        }
    }

    /// Does what the machine says, and saves what has waited too long.
    fn flush(&mut self) {
        if self.ending.stops_now() {
            self.cancel_all(Cancel::Stop);
        }
        loop {
            self.machine.flush(steady_ms(), &mut self.outputs);
            if self.outputs.is_empty() {
                break;
            }
            for output in std::mem::take(&mut self.outputs) {
                self.act(output);
            }
        }
        let sure = self.machine.sure_until_ms();
        self.sure_until.send_if_modified(|until| std::mem::replace(until, sure) != sure);
        self.save();
    }

    /// Saves what has waited too long. A disk that refuses is asked again after a while.
    fn save(&mut self) {
        let now_ms = steady_ms();
        if now_ms < self.saves_from_ms {
            return;
        }
        let saved = self.held.iter().filter_map(|(attempt, held)| {
            let saved = held.record.save_if_due(now_ms)?;
            Some(saved.map_err(|error| format!("the record of attempt {attempt} cannot be written: {error}")))
        });
        match saved.reduce(Result::and) {
            Some(Ok(())) if self.disk_refuses => {
                self.disk_refuses = false;
                complain("records can be written again");
            }
            Some(Err(problem)) => {
                self.saves_from_ms = now_ms + SAVE_AGAIN_MS;
                // Said once, not each time that it is tried again.
                if !std::mem::replace(&mut self.disk_refuses, true) {
                    complain(&problem);
                }
            }
            _ => {}
        }
    }

    fn wake_ms(&self) -> u64 {
        let saves = self.held.values().filter_map(|held| held.record.lock().save_due_ms());
        let save = saves.fold(u64::MAX, u64::min).max(self.saves_from_ms);
        self.machine.wake_ms().min(save)
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::State(state) => self.send(&ToServer::State(state)),
            Output::Batch { attempt, from } => self.send_batch(&attempt, from),
            Output::Start(go) => self.start(*go),
            Output::Refuse(attempt) => self.hold_ended(attempt, refused()),
            Output::Cancel { attempt, skip_hooks } => {
                if let Some(cancel) = self.held.get(&attempt).and_then(|held| held.cancel.as_ref()) {
                    strengthen(cancel, if skip_hooks { Cancel::SkipHooks } else { Cancel::Now });
                }
            }
            Output::Stored { attempt, upto } => self.stored(&attempt, upto),
            Output::Forget(attempt) => self.forget(&attempt),
        }
    }

    fn send(&self, message: &ToServer) {
        match codec::encode(message) {
            Ok(bytes) => self.wire.send(&Address::Servers, bytes),
            Err(error) => complain(&format!("a message could not be sent: {error}")),
        }
    }

    fn send_batch(&mut self, attempt: &AttemptId, from: u64) {
        let Some(held) = self.held.get(attempt) else { return };
        let batch = held.record.batch(&mut self.compress, from, BATCH_BYTES);
        let (events, last) = match batch {
            Ok(batch) => batch,
            Err(error) => return complain(&format!("the record of attempt {attempt}: {error}")),
        };
        let rides = last && self.machine.sends_last(attempt);
        let state = rides.then(|| self.machine.state(steady_ms()));
        let worker = self.home.id().clone();
        self.send(&ToServer::Batch(Batch { worker, attempt: attempt.clone(), from, events, state }));
    }

    fn start(&mut self, go: Go) {
        let attempt = go.attempt.clone();
        let (kind, work) = match self.work(&go) {
            Ok(work) => work,
            Err(error) => {
                // The ask is used; the slot behind it was not.
                let result = errored(&format!("the worker does not understand the plan: {error}"));
                let kind = match go.values {
                    Values::Build(_) => Kind::Build,
                    Values::Check(_) => Kind::Check,
                };
                self.machine.free(kind);
                return self.hold_ended(attempt, result);
            }
        };
        let Some(slot) = self.slots(kind).pop() else {
            return self.hold_ended(attempt, errored("the worker had no slot for an ask that it opened"));
        };
        let (cancel, cancelled) = watch::channel(Cancel::No);
        let record = Shared::new(Record::new(self.record_path(&attempt)));
        self.held.insert(attempt.clone(), Held { record: record.clone(), cancel: Some(cancel) });
        let inputs = self.inputs.clone();
        let running = Running { attempt, kind, work, record, cancel: cancelled, inputs };
        self.running.push(Box::pin(running.run(slot)));
    }

    fn work(&mut self, go: &Go) -> Result<(Kind, Work), codec::CodecError> {
        if !self.plans.contains_key(&go.plan_hash) {
            if self.plans.len() >= PLANS {
                self.plans.clear();
            }
            self.plans.insert(go.plan_hash.clone(), codec::decode(&go.plan)?);
        }
        match (&self.plans[&go.plan_hash], &go.values) {
            (Plan::Build(plan), Values::Build(values)) => {
                let plan = Arc::new(plan.clone());
                let options = Options {
                    given: self.given(&plan.pipeline),
                    sure_until: Some(self.sure_until.subscribe()),
                    ..Options::default()
                };
                Ok((Kind::Build, Work::Build(plan, values.clone(), options)))
            }
            (Plan::Check(plan), Values::Check(values)) => {
                let given = self.given(&plan.pipeline);
                Ok((Kind::Check, Work::Check(plan.clone(), values.clone(), given)))
            }
            _ => Err(codec::CodecError::Malformed("the plan is of another kind than its values".into())),
        }
    }

    fn given(&self, pipeline: &str) -> Given {
        self.given.get(pipeline).cloned().unwrap_or_default()
    }

    /// Holds an attempt that ended before it began.
    fn hold_ended(&mut self, attempt: AttemptId, result: Event) {
        let mut record = Record::new(self.record_path(&attempt));
        record.push(steady_ms(), result);
        self.machine.produced(&attempt, record.next(), true);
        self.held.insert(attempt, Held { record: Shared::new(record), cancel: None });
    }

    fn stored(&mut self, attempt: &AttemptId, upto: u64) {
        let Some(held) = self.held.get(attempt) else { return };
        if let Err(error) = held.record.stored(upto) {
            complain(&format!("the record of attempt {attempt}: {error}"));
        }
        if self.lost.remove(attempt) {
            let mut record = held.record.lock();
            record.finish(steady_ms(), upto, lost());
            self.machine.produced(attempt, record.next(), true);
        }
    }

    fn forget(&mut self, attempt: &AttemptId) {
        let Some(held) = self.held.remove(attempt) else { return };
        let removed = held.record.lock().remove().and_then(|()| self.home.clear(attempt));
        if let Err(error) = removed {
            complain(&format!("the record of attempt {attempt} cannot be removed: {error}"));
        }
    }

    fn record_path(&self, attempt: &AttemptId) -> PathBuf {
        self.home.path().join(RECORDS).join(attempt.as_str())
    }

    /// Hears that the worker is to end.
    fn hear(&mut self, stop: Stop) {
        if stop == Stop::No {
            return;
        }
        self.machine.drain();
        let wish = self.ending.hear(stop);
        self.cancel_all(wish);
    }

    fn cancel_all(&self, wish: Cancel) {
        self.held
            .values()
            .filter_map(|held| held.cancel.as_ref())
            .for_each(|cancel| strengthen(cancel, wish));
    }

    fn runs(&self) -> bool {
        self.held.values().any(|held| held.cancel.is_some())
    }

    fn is_over(&self) -> bool {
        self.ending.is_over(self.runs(), self.machine.is_drained())
    }

    /// When something is to be done even if nothing happens.
    fn wake(&self) -> Instant {
        let wake = Instant::now() + Duration::from_millis(self.wake_ms().saturating_sub(steady_ms()));
        self.ending.wake(self.runs()).map_or(wake, |ending| wake.min(ending))
    }
}

/// Says it, unless more was said before.
fn strengthen(cancel: &watch::Sender<Cancel>, wish: Cancel) {
    cancel.send_if_modified(|now| {
        let is_more = wish > *now;
        *now = wish.max(*now);
        is_more
    });
}

/// The pause after a disk that refused.
const SAVE_AGAIN_MS: u64 = 1_000;

/// The directory of records, below the worker's.
const RECORDS: &str = "records";

/// The attempts that sessions before have not delivered, with what they left of their records.
fn left(home: &Home) -> Result<HashMap<AttemptId, Record>, WorkerError> {
    let directory = home.path().join(RECORDS);
    let mut attempts: BTreeSet<_> = home.unfinished().iter().cloned().collect();
    match std::fs::read_dir(&directory) {
        Ok(entries) => {
            let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
            attempts.extend(names.map(AttemptId));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(WorkerError::Left { path: directory, error }),
    }
    let load = |attempt: AttemptId| {
        let path = directory.join(attempt.as_str());
        let record = Record::load(path.clone()).map_err(|error| WorkerError::Left { path, error })?;
        Ok((attempt, record))
    };
    attempts.into_iter().map(load).collect()
}

/// Tells the operator, on standard error.
fn complain(what: &str) {
    // Nobody may be reading it.
    let _nobody = writeln!(io::stderr(), "pikoci: worker: {what}");
}
