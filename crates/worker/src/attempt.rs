//! One attempt: the executor on one side, its record on the other, both on the thread of its slot.

use crate::clock::wall_ms;
use crate::compress::Compress;
use crate::record::Record;
use crate::run::Input;
use pikoci_executor::{Cancel, Slot, Work, execute_to, steady_ms};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::Outcome;
use pikoci_protocol::worker::Kind;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

/// How long the beginning or end of a step waits for what follows it.
const LINGER: Duration = Duration::from_millis(5);

/// A record that the attempt fills and the loop empties.
#[derive(Clone)]
pub(crate) struct Shared(Arc<(Mutex<Record>, Notify)>);

impl Shared {
    pub(crate) fn new(record: Record) -> Self {
        Self(Arc::new((Mutex::new(record), Notify::new())))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Record::batch`]; frames are compressed meanwhile, one after the other, and never while the record is locked.
    pub(crate) fn batch(
        &self,
        compress: &mut Compress,
        from: u64,
        limit: usize,
    ) -> io::Result<(Vec<Event>, bool)> {
        loop {
            let next = self.lock().uncompressed(from, limit);
            let Some((position, frame)) = next else { return self.lock().batch(from, limit) };
            let frame = compress.frame(frame);
            self.lock().compressed(position, frame);
        }
    }

    /// Compresses the newest frame of a flood, while the batch before it is under way.
    pub(crate) fn compress_ahead(&self, compress: &mut Compress) {
        let next = self.lock().newest_uncompressed();
        if let Some((position, frame)) = next {
            let frame = compress.frame(frame);
            self.lock().compressed(position, frame);
        }
    }

    /// The ledger has all events before this position.
    pub(crate) fn stored(&self, upto: u64) -> io::Result<()> {
        let done = self.lock().stored(upto);
        self.0.1.notify_one();
        done
    }

    /// Takes an event; the position after it.
    fn add(&self, event: Event) -> u64 {
        let mut record = self.lock();
        record.push(steady_ms(), event);
        record.next()
    }

    /// Writes to disk what has waited too long. How that went, if anything has.
    pub(crate) fn save_if_due(&self, now_ms: u64) -> Option<io::Result<()>> {
        let mut record = self.lock();
        let _due = record.save_due_ms().filter(|due| *due <= now_ms)?;
        let saved = record.save();
        self.0.1.notify_one();
        Some(saved)
    }

    /// Waits until the record may take more.
    async fn room(&self) {
        loop {
            let freed = self.0.1.notified();
            if self.lock().has_room() {
                return;
            }
            freed.await;
        }
    }
}

/// What a running attempt needs.
pub(crate) struct Running {
    pub(crate) attempt: AttemptId,
    pub(crate) kind: Kind,
    pub(crate) work: Work,
    pub(crate) record: Shared,
    pub(crate) cancel: watch::Receiver<Cancel>,
    pub(crate) inputs: mpsc::Sender<Input>,
}

impl Running {
    /// Executes the attempt in a slot. The result goes into the record once the slot is free again.
    pub(crate) async fn run(self, mut slot: Slot) -> Input {
        let Self { attempt, kind, work, record, cancel, inputs } = self;
        let recorder = Recorder { attempt: attempt.clone(), record: record.clone(), inputs };
        let take = move |events| recorder.record_events(events);
        let (executed, recorded) = execute_to(&mut slot, &attempt, work, cancel, take).await;
        let result = match recorded {
            None => errored("the thread of its slot has panicked"),
            Some(result) => result.unwrap_or_else(|| errored("the executor gave no result")),
        };
        let upto = record.add(result);
        Input::Ended { attempt, kind, slot, upto, problems: executed.problems }
    }
}

/// Fills the record of an attempt.
struct Recorder {
    attempt: AttemptId,
    record: Shared,
    inputs: mpsc::Sender<Input>,
}

impl Recorder {
    /// Puts events into the record as they come; the result is given back.
    ///
    /// That a step has begun or ended is told by itself only if nothing else comes soon: a short build is one batch.
    async fn record_events(self, mut events: mpsc::Receiver<Event>) -> Option<Event> {
        let mut result = None;
        let mut untold = None;
        loop {
            let event = match untold {
                Some(upto) => match timeout(LINGER, events.recv()).await {
                    Ok(event) => event,
                    Err(_) => {
                        self.tell(upto).await;
                        untold = None;
                        continue;
                    }
                },
                None => events.recv().await,
            };
            let Some(event) = event else { return result };
            if matches!(event, Event::Result { .. }) {
                result = Some(event);
                continue;
            }
            self.record.room().await;
            let lingers = matches!(event, Event::StepStarted { .. } | Event::StepEnded { .. });
            let upto = self.record.add(event);
            untold = lingers.then_some(upto);
            if !lingers {
                self.tell(upto).await;
            }
        }
    }

    /// Tells the loop how far the record goes.
    async fn tell(&self, upto: u64) {
        let produced = Input::Produced { attempt: self.attempt.clone(), upto };
        // The loop is gone only when the process ends.
        let _ending = self.inputs.send(produced).await;
    }
}

/// A result that blames the infrastructure.
pub(crate) fn errored(message: &str) -> Event {
    ended(Outcome::Errored, message, false)
}

/// The result of an attempt whose worker did not live to see its end. `is_known`: something of it was told. Where nothing
/// was, it is not said to be stopped: it would look as if it had never begun, and could run twice.
pub(crate) fn lost(is_known: bool) -> Event {
    ended(Outcome::Errored, "worker lost", is_known)
}

/// The result of an attempt that was cancelled before it started.
pub(crate) fn refused() -> Event {
    ended(Outcome::Cancelled, "cancelled before it started", false)
}

fn ended(outcome: Outcome, message: &str, stopped: bool) -> Event {
    Event::Result { outcome, at_ms: wall_ms(), message: Some(message.to_owned()), warning: false, stopped }
}
