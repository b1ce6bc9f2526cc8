//! An attempt while it runs: what everything in it shares. All of it happens on the one thread of its slot, side
//! by side where steps run in parallel.

use crate::Cancel;
use crate::environment::{self, Environment, Variables};
use crate::home::{Inner, Place};
use crate::log::StepLog;
use crate::process::exit::Cause;
use crate::process::host::Running;
use crate::process::{end, find, output};
use pikoci_mask::{Masker, mask_text};
use pikoci_plan::event::{Event, Frame};
use pikoci_plan::id::AttemptId;
use pikoci_plan::version::Version;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
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
    /// What must not be seen, as far as it is known.
    pub(crate) masker: Rc<RefCell<Masker>>,
    events: mpsc::Sender<Event>,
    /// An event that is told with the next one, which is about to come: whoever listens wakes up once.
    held: RefCell<Option<Event>>,
    /// For how long nobody took the events: time that does not count towards limits.
    forgiven: Cell<Duration>,
    /// How many are held up at the moment, and since when the first of them is.
    held_up: Cell<Option<(u32, Instant)>>,
    /// Reads and forgets what processes write whose step is over.
    drains: RefCell<JoinSet<()>>,
    /// What should be told of that is no event of the attempt.
    problems: RefCell<Vec<String>>,
    /// How many commands were run: each has a number of its own.
    commands: Cell<u32>,
}

/// A point in time that ends a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    /// What was forgiven before it was set.
    forgiven: Duration,
    /// What it means to pass it.
    pub(crate) cause: Cause,
}

impl Deadline {
    /// When it passes, as it stands now.
    pub(crate) fn at(&self, attempt: &Attempt<'_>) -> Instant {
        self.at + attempt.forgiven.get().saturating_sub(self.forgiven)
    }
}

/// See [`Attempt::held_up`].
#[derive(Debug)]
pub(crate) struct HeldUp<'a> {
    held_up: &'a Cell<Option<(u32, Instant)>>,
    forgiven: &'a Cell<Duration>,
}

impl<'a> HeldUp<'a> {
    fn begin(held_up: &'a Cell<Option<(u32, Instant)>>, forgiven: &'a Cell<Duration>) -> Self {
        let (count, since) = held_up.get().unwrap_or_else(|| (0, Instant::now()));
        held_up.set(Some((count + 1, since)));
        Self { held_up, forgiven }
    }
}

impl Drop for HeldUp<'_> {
    fn drop(&mut self) {
        match self.held_up.take() {
            Some((count, since)) if count > 1 => self.held_up.set(Some((count - 1, since))),
            Some((_, since)) => self.forgiven.set(self.forgiven.get() + since.elapsed()),
            None => {}
        }
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
        Self {
            id,
            slot,
            running: slot.running(id),
            cancel,
            masker: Rc::default(),
            events,
            held: RefCell::default(),
            forgiven: Cell::default(),
            held_up: Cell::default(),
            drains: RefCell::default(),
            problems: RefCell::default(),
            commands: Cell::new(0),
        }
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

    /// An id for a command's process: unique for ever, and a name that Docker takes for a container.
    pub(crate) fn command_id(&self) -> String {
        let number = self.commands.get();
        self.commands.set(number + 1);
        format!("{}-{number}", self.name())
    }

    /// The attempt's name on this host, for containers and networks.
    pub(crate) fn name(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let id: String = self.id.as_str().chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        format!("pikoci-{id}")
    }

    /// So many milliseconds from now; 0 is never.
    pub(crate) fn deadline(
        &self,
        milliseconds: u64,
        cause: impl FnOnce(Duration) -> Cause,
    ) -> Option<Deadline> {
        let limit = Duration::from_millis(milliseconds);
        // A limit that overflows the clock is none.
        let at = Instant::now().checked_add(limit).filter(|_| milliseconds > 0)?;
        Some(Deadline { at, forgiven: self.forgiven.get(), cause: cause(limit) })
    }

    /// What runs is held up by somebody else as long as the guard lives: that counts towards no limit, and only once,
    /// however many are held up at a time.
    pub(crate) fn held_up(&self) -> HeldUp<'_> {
        HeldUp::begin(&self.held_up, &self.forgiven)
    }

    /// Hands on an event; waits until there is room for it, which does not count towards timeouts.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), Deaf> {
        self.tell_held().await?;
        self.hand_on(event).await
    }

    /// Keeps an event until the next one is told, or [`Attempt::tell_held`] is called.
    pub(crate) async fn hold(&self, event: Event) -> Result<(), Deaf> {
        self.tell_held().await?;
        *self.held.borrow_mut() = Some(event);
        Ok(())
    }

    /// Hands on the event that was kept, if one was: the next one may take time.
    pub(crate) async fn tell_held(&self) -> Result<(), Deaf> {
        let held = self.held.borrow_mut().take();
        match held {
            Some(event) => self.hand_on(event).await,
            None => Ok(()),
        }
    }

    async fn hand_on(&self, event: Event) -> Result<(), Deaf> {
        let event = match self.events.try_send(self.masked(event)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(Deaf),
            Err(TrySendError::Full(event)) => event,
        };
        let _held_up = self.held_up();
        self.events.send(event).await.map_err(|_| Deaf)
    }

    /// The event without what must not be seen. Frames of logs are masked where they are made.
    fn masked(&self, mut event: Event) -> Event {
        if self.masker.borrow().is_empty() {
            return event;
        }
        match &mut event {
            Event::StepEnded { message: Some(message), .. }
            | Event::Result { message: Some(message), .. } => *message = self.mask(message),
            Event::Versions { versions, .. } | Event::Output { versions, .. } => {
                versions.iter_mut().for_each(|version| *version = self.masked_version(version));
            }
            _ => {}
        }
        event
    }

    fn masked_version(&self, version: &Version) -> Version {
        Version(version.0.iter().map(|(key, value)| (self.mask(key), self.mask(value))).collect())
    }

    /// The text without what must not be seen.
    pub(crate) fn mask(&self, text: &str) -> String {
        mask_text(&self.masker.borrow(), text).into_owned()
    }

    /// Whether something in the text must not be seen.
    pub(crate) fn hides(&self, text: &str) -> bool {
        matches!(mask_text(&self.masker.borrow(), text), Cow::Owned(_))
    }

    /// Says something about a step in its log.
    pub(crate) async fn note(&self, log: &mut StepLog, sentence: &str) -> Result<(), Deaf> {
        let frame = log.note(sentence);
        self.tell_frame(frame).await
    }

    /// Hands on a part of a log, if there is one.
    pub(crate) async fn tell_frame(&self, frame: Option<Frame>) -> Result<(), Deaf> {
        match frame {
            Some(frame) => self.tell(Event::Log(frame)).await,
            None => Ok(()),
        }
    }

    /// Notes what the host's owner should know.
    pub(crate) fn problem(&self, problem: impl Into<String>) {
        let problem = self.mask(&problem.into());
        self.problems.borrow_mut().push(problem);
    }

    /// Takes what was noted so far.
    pub(crate) fn take_problems(&self) -> Vec<String> {
        self.problems.take()
    }

    /// The whole environment of one of its processes, but for the marker of its group.
    pub(crate) fn environment(&self, exported: &Variables) -> Environment {
        let home = self.home();
        let mut own = Variables::new();
        if let Some(binary) = home.settings.binary.as_ref().and_then(|path| path.to_str()) {
            own.insert("PIKOCI".to_owned(), binary.to_owned());
        }
        environment::assemble(&home.inherited, &own, exported)
    }

    /// Keeps reading a pipe that processes hold beyond the end of their step, so that they can go on writing.
    pub(crate) fn drain(&self, pipe: pipe::Receiver) {
        self.drains.borrow_mut().spawn(output::drain(pipe));
    }

    /// Ends what its steps have left running. Without any it costs a few system calls.
    pub(crate) async fn end_stragglers(&self) {
        if find::may_have_left(&self.running) {
            // Who does not listen does not learn of it.
            let _ = self.tell_held().await;
            let grace = self.home().settings.grace;
            let hurry = hurried(self.cancel.clone());
            let left = end::end_all(self.running.key(), grace, hurry).await;
            unended(left).for_each(|problem| self.problem(problem));
        }
        self.drains.borrow_mut().abort_all();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_in_which_several_are_held_up_is_forgiven_once() {
        let (held_up, forgiven) = (Cell::default(), Cell::default());
        let begin = || HeldUp::begin(&held_up, &forgiven);
        let first = begin();
        tokio::time::advance(Duration::from_secs(2)).await;
        let second = begin();
        tokio::time::advance(Duration::from_secs(3)).await;
        drop(first);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(second);
        assert_eq!(forgiven.get().as_secs(), 6);
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(begin());
        assert_eq!(forgiven.get().as_secs(), 6);
    }
}
