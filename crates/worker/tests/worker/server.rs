//! A server that believes all that it hears, keeps it, and says what a test wants.

use pikoci_bus::Address;
use pikoci_bus::in_process::{Attachment, Wire};
use pikoci_plan::event::Event;
use pikoci_plan::id::{AttemptId, WorkerId};
use pikoci_plan::status::Outcome;
use pikoci_protocol::codec;
use pikoci_protocol::message::{Batch, State, ToServer, ToWorker};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// For how long a test waits before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    wire: Wire,
    shared: Arc<Shared>,
    _listening: Attachment,
}

#[derive(Default)]
struct Shared {
    known: Mutex<Known>,
    news: Notify,
}

/// What it has heard, and how it answers.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) states: Vec<State>,
    pub(crate) events: BTreeMap<AttemptId, Vec<Event>>,
    /// Has ended in its ledger, whatever the worker does.
    ended: BTreeSet<AttemptId>,
    is_silent: bool,
    drops_batches: bool,
}

impl Known {
    /// How the attempt ended: outcome, message, stopped.
    pub(crate) fn result(&self, attempt: &str) -> Option<(Outcome, Option<&str>, bool)> {
        match self.events.get(&AttemptId::from(attempt))?.last()? {
            Event::Result { outcome, message, stopped, .. } => Some((*outcome, message.as_deref(), *stopped)),
            _ => None,
        }
    }

    /// How many bytes of log it has of the attempt; they must follow each other.
    pub(crate) fn log_bytes(&self, attempt: &str) -> u64 {
        let mut bytes = 0;
        for event in self.events.get(&AttemptId::from(attempt)).into_iter().flatten() {
            if let Event::Log(frame) = event {
                assert_eq!(frame.offset, bytes);
                bytes += u64::from(frame.length);
            }
        }
        bytes
    }

    pub(crate) fn newest(&self) -> Option<&State> {
        self.states.iter().max_by_key(|state| (state.session, state.n))
    }

    fn hear(&mut self, message: ToServer) -> Vec<(WorkerId, ToWorker)> {
        match message {
            ToServer::State(state) => self.state(state).into_iter().collect(),
            ToServer::Batch(batch) => self.batch(batch),
            ToServer::Echo { .. } => Vec::new(),
        }
    }

    fn state(&mut self, state: State) -> Option<(WorkerId, ToWorker)> {
        let ended = state.held.iter().filter(|attempt| self.ended.contains(*attempt)).cloned().collect();
        let seen = ToWorker::Seen { session: state.session, n: state.n, ended };
        let answer = (state.worker.clone(), seen);
        self.states.push(state);
        (!self.is_silent).then_some(answer)
    }

    fn batch(&mut self, batch: Batch) -> Vec<(WorkerId, ToWorker)> {
        if self.is_silent || self.drops_batches {
            return Vec::new();
        }
        let events = self.events.entry(batch.attempt.clone()).or_default();
        if let Some(skip) = events.len().checked_sub(batch.from as usize) {
            events.extend(batch.events.into_iter().skip(skip));
        }
        let has_result = events.iter().any(|event| matches!(event, Event::Result { .. }));
        let ended = has_result || self.ended.contains(&batch.attempt);
        let ack = ToWorker::Ack { attempt: batch.attempt, upto: events.len() as u64, ended };
        let mut answers = vec![(batch.worker, ack)];
        answers.extend(batch.state.and_then(|state| self.state(state)));
        answers
    }
}

impl Server {
    pub(crate) fn new(wire: &Wire) -> Self {
        let shared = Arc::new(Shared::default());
        let (to, heard) = (wire.clone(), Arc::clone(&shared));
        let listening = wire.attach(Address::Servers, move |bytes| {
            let answers = heard.known.lock().unwrap().hear(codec::decode(&bytes).unwrap());
            heard.news.notify_one();
            answers.iter().for_each(|(worker, answer)| send(&to, worker, answer));
        });
        Self { wire: wire.clone(), shared, _listening: listening }
    }

    /// Waits until what it knows says something.
    pub(crate) async fn until<T>(&self, what: &str, mut says: impl FnMut(&Known) -> Option<T>) -> T {
        let wait = async {
            loop {
                let news = self.shared.news.notified();
                if let Some(told) = says(&self.shared.known.lock().unwrap()) {
                    return told;
                }
                news.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.shared.known.lock().unwrap());
    }

    /// It hears States, and answers nothing.
    pub(crate) fn is_silent(&self, is_silent: bool) {
        self.change(|known| known.is_silent = is_silent);
    }

    /// Batches are lost on their way.
    pub(crate) fn drops_batches(&self, drops: bool) {
        self.change(|known| known.drops_batches = drops);
    }

    /// In its ledger the attempt has ended.
    pub(crate) fn ends(&self, attempt: &str) {
        self.change(|known| known.ended.extend([attempt.into()]));
    }

    pub(crate) fn send(&self, worker: &WorkerId, message: &ToWorker) {
        send(&self.wire, worker, message);
    }

    /// Waits until the attempt has said this in its log. What a worker compressed is looked at all the same.
    pub(crate) async fn says(&self, attempt: &str, word: &str) {
        let has = |event: &Event| match event {
            Event::Log(frame) => frame.data.windows(word.len()).any(|bytes| bytes == word.as_bytes()),
            _ => false,
        };
        let attempt = AttemptId::from(attempt);
        self.until(word, |known| known.events.get(&attempt)?.iter().find(|event| has(event)).map(drop)).await;
    }
}

fn send(wire: &Wire, worker: &WorkerId, message: &ToWorker) {
    wire.send(&Address::Worker(worker.clone()), codec::encode(message).unwrap());
}
