//! A build: its services, and beside them the steps of the job and its hooks.

use crate::attempt::{Attempt, now_ms};
use crate::environment::Variables;
use crate::knowledge::Knowledge;
use crate::log::StepLog;
use crate::options::Options;
use crate::process::exit::Cause;
use crate::resolve::Resolver;
use crate::runner::Filled;
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::service::{self, Reach};
use crate::step::{Ended, hooks, sequence};
use crate::{cache, runner};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{BuildPlan, Command, Resource, Service};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::BuildValues;
use std::cell::RefCell;
use std::collections::HashMap;

/// A build that runs.
pub(crate) struct Build<'a> {
    pub(crate) attempt: &'a Attempt<'a>,
    pub(crate) plan: &'a BuildPlan,
    pub(crate) values: &'a BuildValues,
    pub(crate) options: &'a Options,
    /// What may end the whole of it.
    pub(crate) whole: Scope,
    secrets: Secrets<'a>,
    known: RefCell<Knowledge>,
    network: RefCell<Option<String>>,
    /// Logs of steps that may go on: a step that is tried again has one log.
    logs: RefCell<HashMap<u32, StepLog>>,
}

/// Runs it. Whatever happens, its hooks run after its steps, and then its services are stopped.
pub(crate) async fn run<'a>(
    attempt: &'a Attempt<'a>,
    plan: &'a BuildPlan,
    values: &'a BuildValues,
    options: &'a Options,
) -> Ended {
    let whole = Scope::of(attempt).within(attempt, plan.timeout_ms, Cause::JobTimeout);
    let build = Build {
        attempt,
        plan,
        values,
        options,
        whole,
        secrets: Secrets::new(attempt, &plan.secrets, &options.given),
        known: RefCell::new(Knowledge::of(plan, values)),
        network: RefCell::default(),
        logs: RefCell::default(),
    };
    let scope = &build.whole;
    let work = async |started: Ended| {
        let ended = match started.outcome {
            Outcome::Succeeded => sequence::run(&build, &plan.steps, scope).await,
            _ => {
                sequence::skip_all(&build, &plan.steps).await;
                started
            }
        };
        let after = hooks::run(&build, &plan.hooks, &ended, scope).await;
        ended.allowed(plan.allow_failure).then(after)
    };
    service::beside(&build, scope, work).await
}

impl<'a> Build<'a> {
    /// What computes late values for a process within the scope.
    pub(crate) fn resolver<'s>(&'s self, scope: &'s Scope, on_network: bool) -> Resolver<'s> {
        Resolver { attempt: self.attempt, secrets: &self.secrets, known: &self.known, scope, on_network }
    }

    /// What every process gets now, that does or does not stand on the build's network: with `BUILD_STATUS` in a hook.
    pub(crate) fn variables(&self, scope: &Scope, on_network: bool) -> Variables {
        let mut variables = self.known.borrow().variables(on_network);
        variables.extend(scope.status.map(|status| ("BUILD_STATUS".to_owned(), status.to_owned())));
        variables
    }

    /// A command with its parameters. Whether its process stands on the build's network is known only with these,
    /// and decides what they are.
    pub(crate) async fn filled<'c>(
        &self,
        command: &'c Command,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<Filled<'c>, Ended> {
        let filled = self.resolver(scope, false).filled(command, log).await?;
        let Some(network) = self.network().filter(|_| runner::joins_network(&filled)) else {
            return Ok(filled);
        };
        let mut filled = self.resolver(scope, true).filled(command, log).await?;
        filled.network = Some(network);
        Ok(filled)
    }

    /// Changes what the build knows.
    pub(crate) fn learn(&self, learn: impl FnOnce(&mut Knowledge)) {
        learn(&mut self.known.borrow_mut());
    }

    /// Containers can join the network of that name.
    pub(crate) fn joins(&self, network: &str) {
        *self.network.borrow_mut() = Some(network.to_owned());
    }

    /// The build's network, once there is one.
    pub(crate) fn network(&self) -> Option<String> {
        self.network.borrow().clone()
    }

    pub(crate) fn serves(&self, service: &Service, reach: Reach) {
        self.learn(|known| known.serves(&service.name, reach));
    }

    pub(crate) fn tells(&self, service: &Service, told: Variables) {
        self.learn(|known| known.tells(&service.name, told));
    }

    /// Tells that a step or a service begins. Who does not listen does not learn of it.
    pub(crate) async fn begins(&self, step: u32) {
        let _ = self.attempt.hold(Event::StepStarted { step, at_ms: now_ms() }).await;
    }

    /// The log of a step, as far as it has come.
    pub(crate) fn log(&self, step: u32) -> StepLog {
        let limit = self.attempt.home().settings.log_limit;
        let begun = self.logs.borrow_mut().remove(&step);
        begun.unwrap_or_else(|| StepLog::new(step, limit, self.attempt.masker.clone()))
    }

    /// Puts a log away until its step goes on.
    pub(crate) fn put_away(&self, log: StepLog) {
        self.logs.borrow_mut().insert(log.step(), log);
    }

    /// The `CACHE_DIR` of a resource's commands, held as long as the guard lives.
    pub(crate) async fn cache(
        &self,
        resource: &Resource,
        params: &Variables,
        scope: &Scope,
        log: &mut StepLog,
    ) -> Result<Option<cache::Held>, Ended> {
        match resource.cache {
            true => cache::hold(self.attempt, log, resource, params, scope).await.map(Some),
            false => Ok(None),
        }
    }
}
