//! Executing an attempt: what stands around its steps, from its entry in the record to the empty workspace.

use crate::attempt::{Attempt, now_ms};
use crate::build;
use crate::check;
use crate::home::{Place, Slot, prepare};
use crate::options::Options;
use crate::process::exit::Cause;
use crate::secret::Given;
use crate::step::Ended;
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::{BuildPlan, CheckPlan};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::{BuildValues, CheckValues};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What an attempt does.
#[derive(Debug, Clone)]
pub enum Work {
    /// Runs a job.
    Build(Arc<BuildPlan>, BuildValues, Options),
    /// Checks a resource; with it come the values of secrets that were given.
    Check(CheckPlan, CheckValues, Given),
}

/// Whether an attempt is to end before it is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cancel {
    /// It goes on.
    #[default]
    No,
    /// The worker stops: it ends as with `Now`, but nobody asked for its end, so it is errored.
    Stop,
    /// It ends: `stop` commands, TERM, grace, KILL.
    Now,
    /// It was cancelled twice: as before, but nothing is waited for. Hooks are skipped, and there is no
    /// grace between TERM and KILL; `stop` commands still run.
    SkipHooks,
}

impl Cancel {
    /// Why that ends what runs, if it does.
    pub(crate) fn cause(self) -> Option<Cause> {
        match self {
            Self::No => None,
            Self::Stop => Some(Cause::Stopped),
            Self::Now | Self::SkipHooks => Some(Cause::Cancelled),
        }
    }
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// What its last event says.
    pub outcome: Outcome,
    /// What the host's owner should know, in sentences: what could not be ended or removed.
    pub problems: Vec<String>,
    /// Where the workspace is, if it was to be kept.
    pub kept: Option<PathBuf>,
}

/// Executes an attempt in a slot, and tells its events in order; the last is the one [`Event::Result`].
///
/// It runs on the slot's thread; the caller may await it on any runtime. When it returns, no process of the
/// attempt is left and the slot's directories are empty, but for what [`Executed::problems`] names. If
/// `events` is closed the attempt is cancelled. If the future is dropped its first processes are killed; what
/// descends from them, and the files, are left for the next sweep.
pub async fn execute(
    slot: &mut Slot,
    id: &AttemptId,
    work: Work,
    events: mpsc::Sender<Event>,
    cancel: watch::Receiver<Cancel>,
) -> Executed {
    let (place, lane) = slot.parts();
    let (place, id, sender) = (Arc::clone(place), id.clone(), events.clone());
    let executed = lane.run(move || async move { on_lane(&place, &id, &work, sender, cancel).await });
    match executed.await {
        Ok(executed) => executed,
        Err(error) => {
            let (outcome, message) = (Outcome::Errored, Some(format!("it cannot be executed: {error}")));
            let at_ms = now_ms();
            let _ =
                events.send(Event::Result { outcome, at_ms, message, warning: false, stopped: false }).await;
            Executed { outcome, problems: Vec::new(), kept: None }
        }
    }
}

/// As [`execute`], with what takes the events running on the slot's thread too: no event wakes another thread. Says what
/// came of that, if the thread lived to tell.
pub async fn execute_to<T, F>(
    slot: &mut Slot,
    id: &AttemptId,
    work: Work,
    cancel: watch::Receiver<Cancel>,
    take: impl FnOnce(mpsc::Receiver<Event>) -> F + Send + 'static,
) -> (Executed, Option<T>)
where
    F: Future<Output = T> + 'static,
    T: Send + 'static,
{
    let (place, lane) = slot.parts();
    let (place, id) = (Arc::clone(place), id.clone());
    let name = id.clone();
    let done = lane.run(move || async move {
        let (events, received) = mpsc::channel(WAITING_EVENTS);
        tokio::join!(on_lane(&place, &id, &work, events, cancel), take(received))
    });
    match done.await {
        Ok((executed, taken)) => (executed, Some(taken)),
        Err(error) => {
            let problems = vec![format!("attempt {name} cannot be executed: {error}")];
            (Executed { outcome: Outcome::Errored, problems, kept: None }, None)
        }
    }
}

/// How many events may wait for who takes them.
const WAITING_EVENTS: usize = 16;

/// Executes an attempt on this thread, which it may block.
async fn on_lane(
    place: &Place,
    id: &AttemptId,
    work: &Work,
    events: mpsc::Sender<Event>,
    cancel: watch::Receiver<Cancel>,
) -> Executed {
    let attempt = Attempt::new(id, place, events, cancel);
    let ended = match begin(&attempt) {
        Ok(()) => run(&attempt, work).await,
        Err(ended) => ended,
    };
    attempt.end_stragglers().await;
    let Ended { outcome, message, warning, stopped } = ended;
    let message = if stopped { Some(Cause::Stopped.sentence()) } else { message };
    let filled = attempt.slot.filled();
    // Who does not listen does not learn how it ended.
    let _ = attempt.tell(Event::Result { outcome, at_ms: now_ms(), message, warning, stopped }).await;
    let kept = keep(&attempt, work);
    clean(&attempt, &filled);
    let problems = attempt.take_problems();
    if !problems.is_empty() {
        place.home().leave_to_sweep();
    }
    Executed { outcome, problems, kept }
}

/// Puts the workspace where nobody empties it, if that was asked for.
fn keep(attempt: &Attempt<'_>, work: &Work) -> Option<PathBuf> {
    let Work::Build(_, _, Options { keeps_work: true, .. }) = work else { return None };
    match attempt.slot.keep_work() {
        Ok(path) => Some(path),
        Err(error) => {
            attempt.problem(format!("the workspace could not be kept: {error}"));
            None
        }
    }
}

async fn run<'a>(attempt: &'a Attempt<'a>, work: &'a Work) -> Ended {
    match work {
        Work::Build(plan, values, options) => build::run(attempt, plan, values, options).await,
        Work::Check(plan, values, given) => check::run(attempt, plan, values, given).await,
    }
}

/// Enters the attempt, and makes its directories be empty.
fn begin(attempt: &Attempt<'_>) -> Result<(), Ended> {
    let problems = attempt.slot.begin(attempt.id).map_err(|error| Ended::errored(error.to_string()))?;
    problems.into_iter().for_each(|problem| attempt.problem(problem));
    Ok(())
}

/// Empties directories.
fn clean(attempt: &Attempt<'_>, directories: &[PathBuf]) {
    let mut problems = Vec::new();
    for directory in directories {
        if let Err(error) = prepare(directory, &mut problems) {
            problems.push(format!("{} could not be emptied: {error}", directory.display()));
        }
    }
    problems.into_iter().for_each(|problem| attempt.problem(problem));
}
