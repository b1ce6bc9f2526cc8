//! An attempt while it runs: what all its steps share.

use crate::Cancel;
use crate::environment::{self, Environment, MARKER, Variables};
use crate::home::{Inner, Place};
use crate::process::exit::Cause;
use crate::process::host::Running;
use crate::process::{end, find, output};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::unix::pipe;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// An attempt that runs in a slot.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) id: &'a AttemptId,
    pub(crate) slot: &'a Place,
    pub(crate) running: Running,
    pub(crate) cancel: watch::Receiver<Cancel>,
    events: mpsc::Sender<Event>,
    /// An event that is told with the next one, which is about to come: whoever listens wakes up once.
    held: Option<Event>,
    /// When the whole attempt is over, if ever.
    pub(crate) deadline: Option<Deadline>,
    /// Reads and forgets what processes write whose step is over.
    drains: JoinSet<()>,
    /// What should be told of that is no event of the attempt.
    pub(crate) problems: Vec<String>,
}

/// A point in time that ends a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// When.
    pub(crate) at: Instant,
    /// What it means to pass it.
    pub(crate) cause: Cause,
}

impl Deadline {
    /// So many milliseconds from now; 0 is never.
    pub(crate) fn after(milliseconds: u64, cause: impl FnOnce(Duration) -> Cause) -> Option<Self> {
        let limit = Duration::from_millis(milliseconds);
        // A limit that overflows the clock is none.
        let at = Instant::now().checked_add(limit).filter(|_| milliseconds > 0)?;
        Some(Self { at, cause: cause(limit) })
    }
}

/// Nobody takes the events any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deaf;

impl<'a> Attempt<'a> {
    pub(crate) fn new(
        id: &'a AttemptId,
        slot: &'a Place,
        events: mpsc::Sender<Event>,
        cancel: watch::Receiver<Cancel>,
    ) -> Self {
        let running = Running::begin(slot.home().marker(id));
        let (held, deadline, drains, problems) = (None, None, JoinSet::new(), Vec::new());
        Self { id, slot, running, cancel, events, held, deadline, drains, problems }
    }

    pub(crate) fn home(&self) -> &Arc<Inner> {
        self.slot.home()
    }

    pub(crate) fn work(&self) -> &Path {
        self.slot.work()
    }

    pub(crate) fn events(&self) -> &mpsc::Sender<Event> {
        &self.events
    }

    /// Hands on an event; waits until there is room for it, which does not count towards timeouts.
    pub(crate) async fn tell(&mut self, event: Event) -> Result<(), Deaf> {
        self.tell_held().await?;
        self.hand_on(event).await
    }

    /// Keeps an event until the next one is told, or [`Attempt::tell_held`] is called.
    pub(crate) async fn hold(&mut self, event: Event) -> Result<(), Deaf> {
        self.tell_held().await?;
        self.held = Some(event);
        Ok(())
    }

    /// Hands on the event that was kept, if one was: the next one may take time.
    pub(crate) async fn tell_held(&mut self) -> Result<(), Deaf> {
        match self.held.take() {
            Some(event) => self.hand_on(event).await,
            None => Ok(()),
        }
    }

    async fn hand_on(&mut self, event: Event) -> Result<(), Deaf> {
        let event = match self.events.try_send(event) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(Deaf),
            Err(TrySendError::Full(event)) => event,
        };
        let since = Instant::now();
        let told = self.events.send(event).await.map_err(|_| Deaf);
        if let Some(deadline) = &mut self.deadline {
            deadline.at += since.elapsed();
        }
        told
    }

    /// Whether it is to end without doing more.
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.cancel.borrow() != Cancel::No || self.events.is_closed()
    }

    /// Why no further step may begin, if none may.
    pub(crate) fn ended_by(&self) -> Option<Cause> {
        if self.is_cancelled() {
            return Some(Cause::Cancelled);
        }
        self.deadline.filter(|deadline| deadline.at <= Instant::now()).map(|deadline| deadline.cause)
    }

    /// The whole environment of one of its processes.
    pub(crate) fn environment(&self, exported: &Variables) -> Environment {
        let home = self.home();
        let mut own = Variables::from([(MARKER.to_owned(), home.marker(self.id))]);
        if let Some(binary) = home.settings.binary.as_ref().and_then(|path| path.to_str()) {
            own.insert("PIKOCI".to_owned(), binary.to_owned());
        }
        environment::assemble(&home.inherited, &own, exported)
    }

    /// Keeps reading a pipe that processes hold beyond the end of their step, so that they can go on writing.
    pub(crate) fn drain(&mut self, pipe: pipe::Receiver) {
        self.drains.spawn(output::drain(pipe));
    }

    /// Ends what its steps have left running. Without any it costs a few system calls.
    pub(crate) async fn end_stragglers(&mut self) {
        if find::may_have_left(&self.running) {
            // Who does not listen does not learn of it.
            let _ = self.tell_held().await;
            let grace = self.home().settings.grace;
            self.end_processes(grace).await;
        }
        self.drains.abort_all();
    }

    /// Ends all its processes: TERM, grace, KILL.
    async fn end_processes(&mut self, grace: Duration) {
        let hurry = hurried(self.cancel.clone());
        let left = end::end_all(self.running.key(), grace, hurry).await;
        self.problems.extend(unended(left));
    }
}

/// What to say of processes that could not be ended.
pub(crate) fn unended(processes: Vec<String>) -> impl Iterator<Item = String> {
    processes.into_iter().map(|process| format!("process {process} cannot be ended, and still runs"))
}

/// Returns when somebody cancels.
pub(crate) async fn cancelled(mut cancel: watch::Receiver<Cancel>) {
    wait_for(&mut cancel, |cancel| *cancel != Cancel::No).await;
}

/// Returns when somebody cancels a second time.
pub(crate) async fn hurried(mut cancel: watch::Receiver<Cancel>) {
    wait_for(&mut cancel, |cancel| *cancel == Cancel::SkipHooks).await;
}

async fn wait_for(cancel: &mut watch::Receiver<Cancel>, is_it: impl FnMut(&Cancel) -> bool) {
    if cancel.wait_for(is_it).await.is_err() {
        std::future::pending::<()>().await; // nobody is left who could
    }
}

/// Milliseconds since 1970, by this machine's clock.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
