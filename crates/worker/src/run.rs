//! The loop around the protocol's machine.

mod records;
mod start;

use crate::attempt::{Shared, refused};
use crate::compress::Compress;
use crate::stop::{Ending, Stop};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pikoci_bus::Address;
use pikoci_bus::in_process::Wire;
use pikoci_executor::{Cancel, Given, Home, HomeError, Slot, steady_ms};
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::Plan;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Batch, ToServer, ToWorker};
use pikoci_protocol::numbers::BATCH_BYTES;
use pikoci_protocol::worker::{Kind, Output, Worker};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// How many inputs may wait for the loop. Messages beyond are lost, attempts beyond wait.
const QUEUE: usize = 1024;

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
    /// It was noted that servers have judged what sessions before held.
    judged: bool,
    /// Until when it is certain that servers have not given up this worker.
    sure_until: watch::Sender<u64>,
    ending: Ending,
}

impl Loop {
    fn new(home: Home, config: Config, wire: Wire, inputs: mpsc::Sender<Input>) -> Result<Self, WorkerError> {
        let slot = |number: usize| home.slot(number as u32);
        let builds = (0..config.slots).map(slot).collect::<Result<Vec<_>, _>>()?;
        let checks = (config.slots..config.slots + config.checks).map(slot).collect::<Result<Vec<_>, _>>()?;
        let left = records::left(&home)?;
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
            judged: false,
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
        if self.machine.is_judged() && !std::mem::replace(&mut self.judged, true) {
            self.home.judged().unwrap_or_else(|error| complain(&error.to_string()));
        }
        let sure = self.machine.sure_until_ms();
        self.sure_until.send_if_modified(|until| std::mem::replace(until, sure) != sure);
        self.save();
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
            Output::Again { attempt, at } => self.again(&attempt, at),
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

/// Tells the operator, on standard error.
fn complain(what: &str) {
    // Nobody may be reading it.
    let _nobody = writeln!(io::stderr(), "pikoci: worker: {what}");
}
