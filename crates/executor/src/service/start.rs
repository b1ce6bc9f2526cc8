//! Starting the services of a build, one after the other, while those that have started are asked whether they can
//! be used.

use super::network::Network;
use super::place::{Place, Places};
use super::prepared::Prepared;
use super::ready::{self, Check};
use super::stop::Stop;
use super::voice::Voice;
use crate::attempt::now_ms;
use crate::build::Build;
use crate::environment::{Variables, word};
use crate::log::StepLog;
use crate::output_file;
use crate::process::exit::{Cause, End, Exit, duration};
use crate::scope::Scope;
use crate::step::Ended;
use crate::step::command::{self, Run};
use futures_util::future::join_all;
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Command, Service};
use pikoci_plan::status::Status;
use tokio::net::unix::pipe;
use tokio::sync::{Mutex, mpsc};

/// How long a start may take that says nothing itself, in milliseconds: 10 minutes, for an image may have to come
/// from afar.
const START_MS: u64 = 10 * 60_000;

/// The services of a build.
pub(super) struct Services<'a> {
    all: Vec<One<'a>>,
    places: Places,
    network: Option<Network>,
}

/// A service, as far as it has come.
struct One<'a> {
    service: &'a Service,
    /// What ends it, once its start is about to be tried.
    stop: Option<Stop>,
    /// How its start went; `None` if it was not reached.
    ended: Option<Ended>,
}

/// What only one service at a time has: the turn to start.
#[derive(Default)]
struct Turn {
    network: Option<Network>,
    /// Whether one could not be started: no other is.
    is_over: bool,
}

impl<'a> Services<'a> {
    pub(super) fn of(build: &Build<'a>) -> Self {
        let all = build.plan.services.iter().map(|service| One { service, stop: None, ended: None });
        Self { all: all.collect(), places: Places::default(), network: None }
    }

    /// Starts them in written order, and waits until all of them are ready, side by side. The worst trouble is the
    /// build's; what happened stands at the service.
    pub(super) async fn start(
        &mut self,
        build: &Build<'a>,
        scope: &Scope,
        voices: mpsc::Sender<Voice<'a>>,
    ) -> Ended {
        if let Ok(prepared) = self.prepare(build, scope).await {
            let turn = Mutex::new(Turn::default());
            let each = self.all.iter_mut().zip(&prepared);
            join_all(each.map(|(one, prepared)| one.start(build, prepared, scope, &turn, &voices))).await;
            self.network = turn.into_inner().network;
        }
        let ended = self.all.iter().filter_map(|one| one.ended.clone());
        Ended { message: None, ..ended.fold(Ended::well(), Ended::then) }
    }

    /// Computes their parameters, and takes what the host has only once before any of them is started: no build has
    /// one thing and waits for another. Trouble stands at its service.
    async fn prepare(&mut self, build: &Build<'a>, scope: &Scope) -> Result<Vec<Prepared<'a>>, ()> {
        let mut all = Vec::new();
        for one in &mut self.all {
            let mut log = build.log(one.service.id);
            build.begins(one.service.id).await;
            let prepared = prepare_one(build, one.service, (&mut self.places, &all), scope, &mut log).await;
            build.put_away(log);
            all.push(prepared.map_err(|ended| one.ended = Some(ended))?);
        }
        let needed = all
            .iter()
            .enumerate()
            .flat_map(|(index, prepared)| Place::needed(prepared).map(move |place| (place, index)));
        let mut needed: Vec<_> = needed.filter(|(place, _)| !self.places.has(place)).collect();
        needed.sort();
        needed.dedup_by(|one, other| one.0 == other.0);
        for (place, index) in needed {
            let one = &mut self.all[index];
            let mut log = build.log(one.service.id);
            let taken = self.places.take(build, place, scope, &mut log).await;
            build.put_away(log);
            taken.map_err(|ended| one.ended = Some(ended))?;
        }
        Ok(all)
    }

    /// Stops those whose start was tried, the last that was started first.
    pub(super) async fn stop(&mut self) {
        for stop in self.all.iter_mut().rev().filter_map(|one| one.stop.as_mut()) {
            stop.run().await;
        }
    }

    /// Tells how they ended, and gives back what they had.
    pub(super) async fn end(self, build: &Build<'_>) {
        for one in self.all {
            one.end(build).await;
        }
        if let Some(network) = self.network {
            network.remove(build.attempt).await;
        }
        drop(self.places);
    }
}

/// Computes the parameters of one, with a free port if it is to have one.
async fn prepare_one<'a>(
    build: &Build<'a>,
    service: &'a Service,
    (places, others): (&mut Places, &[Prepared<'a>]),
    scope: &Scope,
    log: &mut StepLog,
) -> Result<Prepared<'a>, Ended> {
    if let Some(cause) = scope.ended_by(build.attempt) {
        return Err(Ended::before(cause));
    }
    let mut prepared = Prepared::new(build, service, scope, log).await?;
    if service.free_port {
        prepared.set_port(places.free_port()?);
    }
    if let Some(port) = prepared.port()
        && let Some(other) = others.iter().find(|other| other.port() == Some(port))
    {
        let other = &other.service.name;
        return Err(Ended::errored(format!(
            "the service `{other}` of this job has port {port} too; leave it out for a free one"
        )));
    }
    build.serves(service, prepared.reach());
    Ok(prepared)
}

impl<'a> One<'a> {
    /// Starts it when it is its turn, and waits until it can be used while others start. Its own limit holds for
    /// both.
    async fn start(
        &mut self,
        build: &Build<'a>,
        prepared: &Prepared<'a>,
        scope: &Scope,
        turn: &Mutex<Turn>,
        voices: &mpsc::Sender<Voice<'a>>,
    ) {
        let mut turn = turn.lock().await;
        if turn.is_over {
            return;
        }
        let own_ms = self.service.timeout_ms;
        let limit_ms = if own_ms > 0 { own_ms } else { START_MS };
        let within = scope.within(build.attempt, limit_ms, Cause::StepTimeout);
        let started = self.try_start(build, prepared, &within, &mut turn.network, voices).await;
        turn.is_over = started.is_err();
        drop(turn);
        self.ended = Some(match started {
            Ok(None) => Ended::well(),
            Ok(Some(check)) if own_ms > 0 => ready::wait(build, &check, &within).await,
            Ok(Some(check)) => {
                let within = scope.within(build.attempt, check.timeout_ms(), Cause::StepTimeout);
                ready::wait(build, &check, &within).await
            }
            Err(ended) => ended,
        });
    }

    /// Starts it; its `stop` is on record before. What tells whether it can be used, if something does.
    async fn try_start(
        &mut self,
        build: &Build<'a>,
        prepared: &Prepared<'a>,
        scope: &Scope,
        network: &mut Option<Network>,
        voices: &mpsc::Sender<Voice<'a>>,
    ) -> Result<Option<Check<'a>>, Ended> {
        if let Some(cause) = scope.ended_by(build.attempt) {
            return Err(Ended::before(cause));
        }
        let service = self.service;
        if service.network && network.is_none() {
            let made = Network::make(build.attempt, service).await.map_err(Ended::errored)?;
            build.joins(made.name());
            *network = Some(made);
        }
        let mut log = build.log(service.id);
        if let Some(command) = &service.stop {
            let filled = build.filled(command, scope, &mut log).await?;
            self.stop = Some(Stop::new(build, prepared, &filled)?);
        }
        let held = match &service.start {
            Some(start) => run(build, prepared, start, scope, &mut log).await?,
            None => Vec::new(),
        };
        let check = match &service.ready_check {
            Some(check) => Some(Check::new(build, prepared, check, scope, &mut log).await?),
            None => None,
        };
        // There is room for all of them, and who listens does as long as there is somebody to be heard.
        let _ = voices.send(Voice::new(build, prepared, (log, held), scope).await?).await;
        Ok(check)
    }

    /// Tells how it ended. A stop that failed stays on record, for the next sweep.
    async fn end(self, build: &Build<'_>) {
        let (name, id) = (&self.service.name, self.service.id);
        let mut ended = self.ended;
        if let Some(problem) = self.stop.and_then(Stop::problem) {
            build.attempt.problem(format!("the service `{name}` could not be stopped: {problem}"));
            let trouble = Ended::errored(format!("it could not be stopped: {problem}"));
            ended = ended.map(|ended| ended.then(trouble));
        }
        let (status, message) = match ended {
            Some(Ended { outcome, message, .. }) => (Status::from(outcome), message),
            None => (Status::Skipped, None),
        };
        let event = Event::StepEnded { step: id, status, at_ms: now_ms(), message, warning: false };
        // Who does not listen does not learn of it.
        let _ = build.attempt.hold(event).await;
    }
}

/// Runs the `start`. What it tells is known from here on; the pipes are those that what it started still holds.
async fn run(
    build: &Build<'_>,
    prepared: &Prepared<'_>,
    start: &Command,
    scope: &Scope,
    log: &mut StepLog,
) -> Result<Vec<pipe::Receiver>, Ended> {
    let filled = build.filled(start, scope, log).await?;
    let variables = prepared.variables(build, scope, filled.is_on_network());
    let run = Run { variables, keeps_output: true, ..Run::new(filled, scope) };
    let ran = command::run(build.attempt, log, run).await?;
    let told = judge(ran.end, log).and_then(|()| output_file::read(&ran.output).map_err(Ended::errored));
    match told {
        Ok(told) => {
            let told = told.into_iter().map(|(key, value)| (word(&key).to_uppercase(), value));
            build.tells(prepared.service, told.collect::<Variables>());
            Ok(ran.held)
        }
        Err(ended) => {
            ran.held.into_iter().for_each(|pipe| build.attempt.drain(pipe));
            Err(ended)
        }
    }
}

/// What the end of a `start` means: that it does not start is no fault of the job's.
fn judge(end: End, log: &StepLog) -> Result<(), Ended> {
    match (end.cause, end.exit) {
        (Some(Cause::StepTimeout(limit)), _) => {
            let limit = duration(limit);
            Err(Ended::errored(log.quoted(&format!("it was not started within {limit}"))))
        }
        (Some(cause), _) => Err(Ended::before(cause)),
        (None, Exit::Code(0)) => Ok(()),
        (None, exit) => {
            let exit = exit.sentence();
            Err(Ended::errored(log.quoted(&format!("it could not be started: {exit}"))))
        }
    }
}
