//! The work of `pikoci run`: checks, then the build, in a work directory that goes afterwards. What happens
//! is shown by the main thread; a runtime on a second one executes, and hears signals even while standard
//! output blocks.

use super::input::{self, NoInputs};
use super::local::Trees;
use super::show::{Shown, show};
use super::stop::Signals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{clean, note};
use pikoci_executor::{Cancel, Home, HomeError, Options, Settings, Slot, Work, execute};
use pikoci_lang::{Job, Pipeline};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::plan::BuildPlan;
use pikoci_plan::status::Outcome;
use pikoci_plan::values::BuildValues;
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime;
use tokio::sync::{mpsc, watch};

/// Where the work directory is made.
const BASE: &str = "/tmp";

/// How many events may wait to be shown.
const WAITING: usize = 16;

/// The team of a build that has none.
const TEAM: &str = "main";

/// The number of a build that is the only one.
const NUMBER: &str = "1";

/// Runs the job, and shows it.
pub(super) fn run(pipeline: &Pipeline, job: &Job, local: Trees, pass: Vec<String>) -> Result<Exit, Failure> {
    let plan = pikoci_plan::compile::job(pipeline, &job.name)
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    let settings = Settings { pass, ..Settings::default() };
    let home = Home::temporary(Path::new(BASE), settings).map_err(no_home)?;
    home.swept().problems.iter().for_each(|problem| note(&clean(problem)));
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::errored(format!("cannot start: {error}")))?;
    let title = clean(&format!("{}/{}", pipeline.name, job.name.value)).into_owned();
    let (sender, shown) = mpsc::channel(WAITING);
    let (ended, showed) = std::thread::scope(|scope| {
        let work = || runtime.block_on(work(home, sender, (pipeline, job), plan, local));
        let working = scope.spawn(work);
        // Whatever cannot be shown any more (its reader left) ends the build.
        let showed = show(&title, shown);
        (working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), showed)
    });
    showed?;
    Ok(Exit::of_build(ended?.as_str()))
}

fn no_home(error: HomeError) -> Failure {
    Failure::errored(error.to_string())
}

/// Checks and builds until the end, or until a signal has ended it.
async fn work(
    home: Home,
    shown: mpsc::Sender<Shown>,
    (pipeline, job): (&Pipeline, &Job),
    plan: BuildPlan,
    local: Trees,
) -> Result<Outcome, Failure> {
    let signals = Signals::listen()?;
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let slot = home.slot(0).map_err(no_home)?;
    let mut host = Host { slot, shown, cancelled };
    let work = async {
        let (outcome, message) = match input::versions(&mut host, pipeline, job, &local).await {
            Ok(inputs) => build(&mut host, plan, inputs, local).await,
            Err(NoInputs(outcome, message)) => (outcome, message),
        };
        host.show(Shown::End(outcome, message)).await;
        outcome
    };
    tokio::select! {
        outcome = work => Ok(outcome),
        never = signals.cancel(&cancel) => match never {},
    }
}

async fn build(
    host: &mut Host,
    plan: BuildPlan,
    inputs: BTreeMap<String, Version>,
    local: Trees,
) -> (Outcome, Option<String>) {
    let values = BuildValues {
        id: ulid::Ulid::generate().to_string(),
        number: NUMBER.to_owned(),
        team: TEAM.to_owned(),
        url: String::new(),
        inputs,
    };
    let steps = plan.steps.iter().map(|step| (step.action.kind(), step.name.clone())).collect();
    host.show(Shown::Steps(steps)).await;
    host.attempt(Work::Build(Arc::new(plan), values, Options { local }), |_| {}).await
}

/// This machine, as far as one run needs it.
pub(super) struct Host {
    slot: Slot,
    shown: mpsc::Sender<Shown>,
    cancelled: watch::Receiver<Cancel>,
}

impl Host {
    /// Executes a check of the resource, and shows it as a step.
    pub(super) async fn check(
        &mut self,
        resource: &str,
        work: Work,
        see: impl FnMut(&Event),
    ) -> (Outcome, Option<String>) {
        self.show(Shown::Steps(vec![("check", resource.to_owned())])).await;
        self.show(Shown::Event(Event::StepStarted { step: 0, at_ms: now_ms() })).await;
        let (outcome, message) = self.attempt(work, see).await;
        let ended =
            Event::StepEnded { step: 0, status: outcome.into(), at_ms: now_ms(), message: message.clone() };
        self.show(Shown::Event(ended)).await;
        (outcome, message)
    }

    async fn show(&self, shown: Shown) {
        // If nothing can be shown any more, who shows says why, and the attempt finds out by itself.
        let _ = self.shown.send(shown).await;
    }

    /// Executes an attempt, and shows it. How it ended.
    async fn attempt(&mut self, work: Work, mut see: impl FnMut(&Event)) -> (Outcome, Option<String>) {
        let id = AttemptId(ulid::Ulid::generate().to_string());
        let (sender, mut events) = mpsc::channel(WAITING);
        let shown = self.shown.clone();
        let hand_on = async move {
            let mut result = None;
            let mut is_open = true;
            while let Some(event) = is_open.then_some(events.recv()) {
                let Some(event) = event.await else { break };
                see(&event);
                if let Event::Result { message, .. } = &event {
                    result = message.clone();
                }
                is_open = shown.send(Shown::Event(event)).await.is_ok();
            }
            result
        };
        let executing = execute(&mut self.slot, &id, work, sender, self.cancelled.clone());
        let (executed, message) = tokio::join!(executing, hand_on);
        executed.problems.iter().for_each(|problem| note(&clean(problem)));
        (executed.outcome, message)
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
