//! Executing attempts one after the other.

use super::WAITING;
use super::shown::{End, Shell, Shown};
use crate::failure::Failure;
use pikoci_executor::{Cancel, FailedTask, Given, Home, HomeError, Options, Slot, Work, execute};
use pikoci_plan::event::Event;
use pikoci_plan::id::AttemptId;
use pikoci_plan::outline::Line;
use pikoci_plan::plan::{BuildPlan, CheckPlan};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::{BuildValues, CheckValues};
use pikoci_plan::version::Version;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, watch};

/// The team of a build that has none.
const TEAM: &str = "main";
/// The number of a build that is the only one.
const NUMBER: &str = "1";
/// How often a check that has more to tell is asked again.
const MOST_CHECKS: usize = 1_000;

/// This machine, as far as one run needs it.
pub(crate) struct Host {
    slot: Slot,
    shown: mpsc::Sender<Shown>,
    cancelled: watch::Receiver<Cancel>,
}

/// A build to run.
pub(crate) struct Build {
    /// Its steps.
    pub(crate) plan: BuildPlan,
    /// The version that each `get` takes, by the name of the step.
    pub(crate) inputs: BTreeMap<String, Version>,
    /// What else is asked for.
    pub(crate) options: Options,
    /// Whether what happens is shown.
    pub(crate) is_shown: bool,
    /// Whether a shell opens where a task failed.
    pub(crate) opens_shells: bool,
}

pub(super) fn no_home(error: HomeError) -> Failure {
    Failure::errored(error.to_string())
}

impl Host {
    pub(super) fn new(
        home: &Home,
        shown: mpsc::Sender<Shown>,
        cancelled: watch::Receiver<Cancel>,
    ) -> Result<Self, Failure> {
        Ok(Self { slot: home.slot(0).map_err(no_home)?, shown, cancelled })
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow() != Cancel::No
    }

    /// Shows something.
    pub(crate) async fn show(&self, shown: Shown) {
        // If nothing can be shown any more, who shows says why, and the attempt finds out by itself.
        let _ = self.shown.send(shown).await;
    }

    /// Runs the steps of a plan. `see` gets each event first.
    pub(crate) async fn build(&mut self, build: Build, see: impl FnMut(&Event)) -> End {
        let Build { plan, inputs, mut options, is_shown, opens_shells } = build;
        if is_shown {
            self.show(Shown::Attempt(plan.outline())).await;
        }
        let values = BuildValues {
            id: ulid::Ulid::generate().to_string(),
            number: NUMBER.to_owned(),
            team: TEAM.to_owned(),
            url: String::new(),
            inputs,
        };
        let (sender, mut failed) = mpsc::channel::<FailedTask>(1);
        options.on_failure = opens_shells.then_some(sender);
        let shown = self.shown.clone();
        let open_shells = async move {
            while let Some(task) = failed.recv().await {
                // If it cannot be shown the build goes on.
                let _ = shown.send(Shown::Shell(Shell::from(task))).await;
            }
        };
        let work = Work::Build(Arc::new(plan), values, options);
        tokio::join!(self.attempt(work, see, is_shown), open_shells).0
    }

    /// All versions that a check finds after the one that is known, oldest first; shown as a step.
    ///
    /// # Errors
    /// How it ended, if it did not succeed.
    pub(crate) async fn check(
        &mut self,
        plan: &CheckPlan,
        known: Option<Version>,
        given: &Given,
    ) -> Result<Vec<Version>, End> {
        let mut all: Vec<Version> = Vec::new();
        for _ in 0..MOST_CHECKS {
            let newest = all.last().cloned().or_else(|| known.clone());
            let (found, more) = self.check_once(plan, newest.clone(), given).await?;
            let has_news = found.last().is_some_and(|last| Some(last) != newest.as_ref());
            all.extend(found);
            if !more || !has_news {
                break;
            }
        }
        Ok(all)
    }

    async fn check_once(
        &mut self,
        plan: &CheckPlan,
        newest: Option<Version>,
        given: &Given,
    ) -> Result<(Vec<Version>, bool), End> {
        let (mut found, mut more_to_come) = (Vec::new(), false);
        let see = |event: &Event| {
            if let Event::Versions { versions, more } = event {
                (found, more_to_come) = (versions.clone(), *more);
            }
        };
        let line = Line { name: plan.resource.full_name.clone(), kind: "check", depth: 0 };
        self.show(Shown::Attempt(vec![line])).await;
        self.show(Shown::Event(Event::StepStarted { step: 0, at_ms: now_ms() })).await;
        let work = Work::Check(plan.clone(), CheckValues { newest }, given.clone());
        let ended = self.attempt(work, see, true).await;
        let End { outcome, message, .. } = ended.clone();
        let (step, status, at_ms) = (0, outcome.into(), now_ms());
        self.show(Shown::Event(Event::StepEnded { step, status, at_ms, message, warning: false })).await;
        match outcome {
            Outcome::Succeeded => Ok((found, more_to_come)),
            // The step has said why.
            _ => Err(End { message: None, ..ended }),
        }
    }

    /// Executes an attempt.
    async fn attempt(&mut self, work: Work, mut see: impl FnMut(&Event), shows: bool) -> End {
        let id = AttemptId(ulid::Ulid::generate().to_string());
        let (sender, mut events) = mpsc::channel(WAITING);
        let shown = self.shown.clone();
        let hand_on = async move {
            let mut result = (None, false);
            let mut is_open = true;
            while is_open {
                let Some(event) = events.recv().await else { break };
                see(&event);
                if let Event::Result { message, warning, .. } = &event {
                    result = (message.clone(), *warning);
                }
                is_open = !shows || shown.send(Shown::Event(event)).await.is_ok();
            }
            result
        };
        let executing = execute(&mut self.slot, &id, work, sender, self.cancelled.clone());
        let (executed, (message, warning)) = tokio::join!(executing, hand_on);
        for problem in executed.problems {
            self.show(Shown::Note(problem)).await;
        }
        End { outcome: executed.outcome, warning, message, kept: executed.kept }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
