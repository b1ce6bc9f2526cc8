//! One attempt: the executor on one side, its record on the other.

use crate::clock::{steady_ms, wall_ms};
use crate::record::Record;
use crate::run::Input;
use pikoci_executor::{Cancel, Slot, Work, execute};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::Outcome;
use pikoci_protocol::worker::Kind;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

/// How many events of the executor may wait for the record.
const EVENTS: usize = 16;

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

    /// The ledger has all events before this position.
    pub(crate) fn stored(&self, upto: u64) -> io::Result<()> {
        let done = self.lock().stored(upto);
        self.0.1.notify_one();
        done
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
    pub(crate) async fn run(self, mut slot: Slot) {
        let (events, received) = mpsc::channel(EVENTS);
        let recorder = self.recorder();
        // On a task of its own, so that compressing a flood does not keep from reading it.
        let recorded = tokio::spawn(async move { recorder.record_events(received).await });
        let executed = execute(&mut slot, &self.attempt, self.work, events, self.cancel).await;
        let (result, broken) =
            recorded.await.unwrap_or_else(|error| (None, Some(io::Error::other(error.to_string()))));
        let result = match broken {
            Some(error) => errored(&format!("the worker could not keep the log: {error}")),
            None => result.unwrap_or_else(|| errored("the executor gave no result")),
        };
        let kept = self.record.lock().push(steady_ms(), result);
        let mut problems = executed.problems;
        problems.extend(kept.err().map(|error| format!("the worker could not keep the result: {error}")));
        let upto = self.record.lock().next();
        let ended = Input::Ended { attempt: self.attempt, kind: self.kind, slot, upto, problems };
        // The loop is gone only when the process ends.
        let _ending = self.inputs.send(ended).await;
    }

    fn recorder(&self) -> Recorder {
        let Self { attempt, record, inputs, .. } = self;
        Recorder { attempt: attempt.clone(), record: record.clone(), inputs: inputs.clone() }
    }
}

/// Fills the record of an attempt.
struct Recorder {
    attempt: AttemptId,
    record: Shared,
    inputs: mpsc::Sender<Input>,
}

impl Recorder {
    /// Puts events into the record as they come; the result is given back, or what kept it from doing so.
    ///
    /// That a step has begun is told by itself only if nothing else comes soon: a short build then is one batch.
    async fn record_events(&self, mut events: mpsc::Receiver<Event>) -> (Option<Event>, Option<io::Error>) {
        let (mut result, mut broken) = (None, None);
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
            let Some(event) = event else { return (result, broken) };
            if matches!(event, Event::Result { .. }) {
                result = Some(event);
                continue;
            }
            if broken.is_some() {
                continue;
            }
            let lingers = matches!(event, Event::StepStarted { .. } | Event::StepEnded { .. });
            match self.push(event).await {
                Ok(upto) if lingers => untold = Some(upto),
                Ok(upto) => {
                    self.tell(upto).await;
                    untold = None;
                }
                Err(error) => broken = Some(error),
            }
        }
    }

    /// Puts an event into the record, once there is room; the position after it.
    async fn push(&self, event: Event) -> io::Result<u64> {
        self.record.room().await;
        let mut record = self.record.lock();
        record.push(steady_ms(), event)?;
        Ok(record.next())
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
    Event::Result { outcome: Outcome::Errored, at_ms: wall_ms(), message: Some(message.to_owned()) }
}
