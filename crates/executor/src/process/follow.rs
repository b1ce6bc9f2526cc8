//! Following a process from its start to its end: its output becomes log, and it is ended when it must be.

use super::child::Child;
use super::end::end_all;
use super::exit::{Cause, End, Exit};
use super::host;
use super::output::Output;
use super::stop::StopCommand;
use super::whose::GroupKey;
use crate::Cancel;
use crate::attempt::{Attempt, Deadline, cancelled, hurried, unended};
use crate::log::StepLog;
use pikoci_plan::event::Event;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// For how long the output is read on after the process has ended, if somebody still holds the pipe.
const LINGER: Duration = Duration::from_millis(200);

/// How often orphans that have ended are reaped while a process runs.
const REAP_EVERY: Duration = Duration::from_secs(1);

/// A process to follow.
pub(crate) struct Process<'a> {
    /// The process.
    pub(crate) child: Child,
    /// What becomes log.
    pub(crate) output: Output,
    /// What is to be read as an answer, if anything is.
    pub(crate) answer: Option<Output>,
    /// Its group, which is ended as a whole.
    pub(crate) group: GroupKey,
    /// When it is over, whichever comes first.
    pub(crate) deadlines: Vec<Deadline>,
    /// Who may cancel it.
    pub(crate) cancel: watch::Receiver<Cancel>,
    /// What ends it besides signals.
    pub(crate) stop: Option<&'a StopCommand>,
}

/// What came of a process.
pub(crate) struct Followed {
    /// How it ended.
    pub(crate) end: End,
    /// What it answered.
    pub(crate) answer: Vec<u8>,
    /// Pipes that somebody still holds, who may write more.
    pub(crate) held: Vec<pipe::Receiver>,
}

/// Follows the process. Returns when it has ended, what it wrote is handed on, and, if it was ended by us,
/// nothing of its group is left.
pub(crate) async fn follow(
    attempt: &Attempt<'_>,
    log: &mut StepLog,
    process: Process<'_>,
) -> io::Result<Followed> {
    let mut following = Following {
        attempt,
        group: process.group,
        deadlines: process.deadlines,
        cancel: process.cancel,
        child: process.child,
        output: process.output,
        answer: process.answer,
        stop: process.stop.cloned(),
        exit: None,
        cause: None,
        ending: None,
        linger: None,
        reap_at: Instant::now() + REAP_EVERY,
        is_deaf: false,
    };
    let exit = following.run(log).await?;
    let answer = following.answer.as_ref().map_or(Vec::new(), |answer| answer.bytes().to_vec());
    let outputs = [Some(following.output), following.answer].into_iter().flatten();
    let held = outputs.filter_map(Output::held).collect();
    Ok(Followed { end: End { exit, cause: following.cause }, answer, held })
}

/// What ends a process of ours, and tells what it could not end.
type Ending = Pin<Box<dyn Future<Output = Vec<String>> + Send>>;

struct Following<'a> {
    attempt: &'a Attempt<'a>,
    group: GroupKey,
    deadlines: Vec<Deadline>,
    cancel: watch::Receiver<Cancel>,
    child: Child,
    output: Output,
    answer: Option<Output>,
    stop: Option<StopCommand>,
    exit: Option<Exit>,
    cause: Option<Cause>,
    ending: Option<Ending>,
    /// When a pipe that is held open after the exit is let go.
    linger: Option<Instant>,
    reap_at: Instant,
    /// Whether nobody takes the events any more.
    is_deaf: bool,
}

/// What can happen while a process is followed.
enum Happened<'a> {
    /// There is room for an event.
    Room(mpsc::Permit<'a, Event>),
    /// Nobody takes events any more.
    Deaf,
    Read(io::Result<()>),
    Exited(io::Result<Exit>),
    Cancelled,
    /// All processes are ended, but for these.
    Ended(Vec<String>),
    /// The time of the next thing to do has come.
    Time,
}

impl<'a> Following<'a> {
    async fn run(&mut self, log: &mut StepLog) -> io::Result<Exit> {
        loop {
            if let Some(exit) = self.exit.filter(|_| self.is_over()) {
                return Ok(exit);
            }
            // Time in which nobody took the events does not count towards limits.
            let held_up = self.output.is_full().then(|| self.attempt.held_up());
            let happened = self.next().await;
            drop(held_up);
            self.handle(happened, log)?;
        }
    }

    /// Whether nothing more is to come of a process that has ended.
    fn is_over(&self) -> bool {
        self.ending.is_none()
            && !self.output.is_open()
            && self.output.bytes().is_empty()
            && self.answer.as_ref().is_none_or(|answer| !answer.is_open())
    }

    async fn next(&mut self) -> Happened<'a> {
        let events = self.attempt.events();
        let has_bytes = !self.output.bytes().is_empty();
        let reads_on = self.output.is_open() && !self.output.is_full();
        let (may_end, wake) = (self.may_end(), self.wake());
        tokio::select! {
            biased;
            left = ended(&mut self.ending) => Happened::Ended(left),
            permit = events.reserve(), if has_bytes => permit.map_or(Happened::Deaf, Happened::Room),
            read = self.output.read(), if reads_on => Happened::Read(read),
            read = answered(&mut self.answer) => Happened::Read(read),
            exit = self.child.exited(), if self.exit.is_none() => Happened::Exited(exit),
            () = cancelled(self.cancel.clone()), if may_end => Happened::Cancelled,
            () = events.closed(), if !self.is_deaf => Happened::Deaf,
            () = sleep_until(wake) => Happened::Time,
        }
    }

    fn handle(&mut self, happened: Happened<'_>, log: &mut StepLog) -> io::Result<()> {
        match happened {
            Happened::Room(permit) => {
                if let Some(frame) = log.output(self.output.bytes()) {
                    permit.send(Event::Log(frame));
                }
                self.output.clear();
            }
            Happened::Deaf => {
                self.is_deaf = true;
                self.output.clear();
                self.end(Cause::Cancelled);
            }
            Happened::Read(read) => {
                read?;
                self.judge_answer();
                if self.is_deaf {
                    self.output.clear();
                }
            }
            Happened::Exited(exit) => {
                self.exit = Some(exit?);
                self.linger = Some(Instant::now() + LINGER);
            }
            Happened::Cancelled => {
                let cause = self.cancel.borrow().cause();
                self.end(cause.unwrap_or(Cause::Cancelled));
            }
            Happened::Ended(left) => {
                self.ending = None;
                unended(left).for_each(|problem| self.attempt.problem(problem));
                if self.exit.is_none() {
                    // It hangs in the kernel. What it holds cannot be waited for.
                    self.give_up();
                }
            }
            Happened::Time => self.on_time(),
        }
        Ok(())
    }

    /// Whether the process can still be ended by us.
    fn may_end(&self) -> bool {
        self.exit.is_none() && self.cause.is_none()
    }

    /// Begins to end the process, and all others of its group.
    fn end(&mut self, cause: Cause) {
        if !self.may_end() {
            return;
        }
        self.cause = Some(cause);
        let (group, cancel, stop) = (self.group, self.cancel.clone(), self.stop.clone());
        let grace = self.attempt.home().settings.grace;
        self.ending = Some(Box::pin(async move {
            let stopped = match &stop {
                Some(stop) => stop.run().await,
                None => Ok(()),
            };
            let left = end_all(group, grace, hurried(cancel)).await;
            if let (Some(stop), Err(_)) = (&stop, stopped) {
                // Perhaps what is to be stopped was only just about to start. A second failure is of no use
                // to anybody: it may as well mean that there was nothing to stop.
                let _ = stop.run().await;
            }
            left
        }));
    }

    /// The process cannot be ended: goes on as if it had been killed.
    fn give_up(&mut self) {
        self.exit = Some(Exit::Signal(libc::SIGKILL));
        self.output.finish();
        if let Some(answer) = &mut self.answer {
            answer.finish();
        }
    }

    fn judge_answer(&mut self) {
        if let Some(answer) = self.answer.take_if(|answer| answer.is_full()) {
            self.end(Cause::TooMuchOutput(answer.bytes().len()));
        }
    }

    /// When the limit that comes first is passed, and what that means, if one counts now.
    fn limit(&self) -> Option<(Instant, Cause)> {
        let counts = self.may_end() && !self.output.is_full();
        let limits = self.deadlines.iter().map(|deadline| (deadline.at(self.attempt), deadline.cause));
        limits.filter(|_| counts).min_by_key(|(at, _)| *at)
    }

    /// When there is something to do again.
    fn wake(&self) -> Instant {
        let limit = self.limit().map(|(at, _)| at);
        [Some(self.reap_at), self.linger, limit].into_iter().flatten().min().unwrap_or(self.reap_at)
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        if self.reap_at <= now {
            self.reap_at = now + REAP_EVERY;
            host::reap_orphans();
        }
        if self.linger.take_if(|linger| *linger <= now).is_some() {
            self.output.finish();
            if let Some(answer) = &mut self.answer {
                answer.finish();
            }
        }
        if let Some((_, cause)) = self.limit().filter(|(at, _)| *at <= now) {
            self.end(cause);
        }
    }
}

async fn ended(ending: &mut Option<Ending>) -> Vec<String> {
    match ending {
        Some(ending) => ending.await,
        None => pending().await,
    }
}

async fn answered(answer: &mut Option<Output>) -> io::Result<()> {
    match answer {
        Some(answer) if answer.is_open() => answer.read().await,
        _ => pending().await,
    }
}
