//! One attempt: the executor on one side, its record on the other.

use crate::record::Record;
use crate::run::{Input, now_ms};
use pikoci_executor::{Cancel, Slot, Work, execute};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::status::Outcome;
use pikoci_protocol::worker::Kind;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, watch};

/// How many events of the executor may wait for the record.
const EVENTS: usize = 16;

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
        let executed = execute(&mut slot, &self.attempt, self.work.clone(), events, self.cancel.clone());
        let (executed, (result, broken)) = tokio::join!(executed, self.record_events(received));
        let result = match broken {
            Some(error) => errored(&format!("the worker could not keep the log: {error}")),
            None => result.unwrap_or_else(|| errored("the executor gave no result")),
        };
        let kept = self.record.lock().push(now_ms(), result);
        let mut problems = executed.problems;
        problems.extend(kept.err().map(|error| format!("the worker could not keep the result: {error}")));
        let upto = self.record.lock().next();
        let ended = Input::Ended { attempt: self.attempt, kind: self.kind, slot, upto, problems };
        // The loop is gone only when the process ends.
        let _ending = self.inputs.send(ended).await;
    }

    /// Puts events into the record as they come; the result is given back, or what kept it from doing so.
    async fn record_events(&self, mut events: mpsc::Receiver<Event>) -> (Option<Event>, Option<io::Error>) {
        let (mut result, mut broken) = (None, None);
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Result { .. }) {
                result = Some(event);
                continue;
            }
            if broken.is_some() {
                continue;
            }
            self.record.room().await;
            let pushed = {
                let mut record = self.record.lock();
                record.push(now_ms(), event).map(|()| record.next())
            };
            match pushed {
                Ok(upto) => {
                    let produced = Input::Produced { attempt: self.attempt.clone(), upto };
                    let _ending = self.inputs.send(produced).await;
                }
                Err(error) => broken = Some(error),
            }
        }
        (result, broken)
    }
}

/// A result that blames the infrastructure.
pub(crate) fn errored(message: &str) -> Event {
    Event::Result { outcome: Outcome::Errored, at_ms: now_ms(), message: Some(message.to_owned()) }
}
