//! Services: started before the first step, stopped after everything else, whatever happened in between.

mod network;
mod place;
mod reach;
mod start;
mod voice;

pub(crate) use reach::Reach;

use crate::attempt::now_ms;
use crate::build::Build;
use crate::home::StopRecord;
use crate::process::stop::StopCommand;
use crate::scope::Scope;
use crate::step::Ended;
use futures_util::future::join_all;
use network::Network;
use pikoci_plan::event::Event;
use pikoci_plan::plan::Service;
use pikoci_plan::status::{Outcome, Status};
use place::Places;
use std::time::Duration;
use tokio::time::timeout;
use voice::Voice;

/// How long the log of services is read on after they were stopped.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The services of a build, as far as their start was tried.
#[derive(Default)]
pub(crate) struct Services<'a> {
    tried: Vec<Tried<'a>>,
    voices: Vec<Voice<'a>>,
    network: Option<Network>,
    places: Places,
}

/// A service whose start was tried: it is stopped in any case.
struct Tried<'a> {
    service: &'a Service,
    stop: Option<StopCommand>,
    record: Option<StopRecord>,
    /// How its start went.
    ended: Ended,
}

impl<'a> Services<'a> {
    /// Starts them in written order, and waits until all of them are ready, side by side. The worst trouble is the
    /// build's.
    pub(crate) async fn start(&mut self, build: &Build<'a>, scope: &Scope) -> Ended {
        for service in &build.plan.services {
            if let Some(cause) = scope.ended_by(build.attempt) {
                return Ended::before(cause);
            }
            build.begins(service.id).await;
            let (tried, voice) = match self.join(build, service).await {
                Ok(()) => start::start(build, service, &self.places, scope).await,
                Err(problem) => start::not_tried(build, service, Ended::errored(problem)),
            };
            let outcome = tried.ended.outcome;
            self.tried.push(tried);
            self.voices.push(voice);
            if outcome != Outcome::Succeeded {
                return self.trouble();
            }
        }
        let ready = self.tried.iter().map(|tried| start::ready(build, tried.service, scope));
        let ready = join_all(ready).await;
        for (ended, tried) in ready.into_iter().zip(&mut self.tried) {
            tried.ended = ended;
        }
        self.trouble()
    }

    /// Makes the build's network, if this is the first service that needs one.
    async fn join(&mut self, build: &Build<'a>, service: &Service) -> Result<(), String> {
        if service.network && self.network.is_none() {
            let network = Network::make(build.attempt).await?;
            build.joins(network.name());
            self.network = Some(network);
        }
        Ok(())
    }

    /// The worst of how they started. What happened stands at the service.
    fn trouble(&self) -> Ended {
        let outcome = self.tried.iter().map(|tried| tried.ended.outcome).max().unwrap_or(Outcome::Succeeded);
        Ended { outcome, ..Ended::well() }
    }

    /// Does the work of the build while what the services write becomes log; then stops them.
    pub(crate) async fn beside(self, build: &Build<'a>, work: impl Future<Output = Ended>) -> Ended {
        let Self { tried, mut voices, network, places } = self;
        if tried.is_empty() {
            return work.await;
        }
        // Only their own end ends what they have to say, or we when nothing more is expected.
        let after = build.whole.afterwards();
        let branch = after.scope.branch();
        let (ended, problems) = {
            let follow = join_all(voices.iter_mut().map(|voice| voice.follow(build, &branch.scope)));
            let mut follow = std::pin::pin!(follow);
            let work = async {
                let ended = work.await;
                (ended, stop(&tried).await)
            };
            let mut work = std::pin::pin!(work);
            let (done, is_silent) = tokio::select! {
                done = &mut work => (done, false),
                _ = &mut follow => (work.await, true),
            };
            if !is_silent && timeout(LAST_WORDS, &mut follow).await.is_err() {
                branch.cancel();
                let _ = timeout(LAST_WORDS, follow).await;
            }
            done
        };
        for ((tried, voice), problem) in tried.into_iter().zip(voices).zip(problems) {
            voice.end(build).await;
            tried.end(build, problem).await;
        }
        if let Some(network) = network {
            network.remove(build.attempt).await;
        }
        drop(places);
        ended
    }
}

/// Stops all of them, the last that was started first. What went wrong, in the order of the services.
async fn stop(tried: &[Tried<'_>]) -> Vec<Option<String>> {
    let mut problems = Vec::new();
    for tried in tried.iter().rev() {
        problems.push(match &tried.stop {
            Some(stop) => stop.run().await.err(),
            None => None,
        });
    }
    problems.reverse();
    problems
}

impl Tried<'_> {
    /// Tells how it ended. A stop that failed stays on record, for the next sweep.
    async fn end(self, build: &Build<'_>, problem: Option<String>) {
        let name = &self.service.name;
        let mut ended = self.ended;
        match (problem, self.record) {
            (Some(problem), _) => {
                build.attempt.problem(format!("the service `{name}` could not be stopped: {problem}"));
                if ended.outcome == Outcome::Succeeded {
                    ended = Ended::errored(format!("it could not be stopped: {problem}"));
                }
            }
            (None, Some(record)) => record.remove(),
            (None, None) => {}
        }
        let Ended { outcome, message, .. } = ended;
        let (step, status) = (self.service.id, Status::from(outcome));
        let event = Event::StepEnded { step, status, at_ms: now_ms(), message, warning: false };
        // Who does not listen does not learn of it.
        let _ = build.attempt.hold(event).await;
    }
}
