//! The steps of a job, and the hooks that follow them.

use super::{Command, Values};
use crate::condition::Condition;
use crate::late::Late;
use crate::span::{Span, Spanned};
use std::collections::BTreeMap;

/// What follows when something is over, by how it ended.
#[derive(Debug, Clone, Default)]
pub struct Hooks {
    /// After success.
    pub on_success: Vec<Step>,
    /// After a failure.
    pub on_failure: Vec<Step>,
    /// After trouble of the infrastructure.
    pub on_error: Vec<Step>,
    /// After a cancel.
    pub on_cancel: Vec<Step>,
    /// In any case, after the others.
    pub ensure: Vec<Step>,
}

impl Hooks {
    /// The hooks by their words.
    pub fn all(&self) -> [(&'static str, &[Step]); 5] {
        [
            ("on_success", &self.on_success),
            ("on_failure", &self.on_failure),
            ("on_error", &self.on_error),
            ("on_cancel", &self.on_cancel),
            ("ensure", &self.ensure),
        ]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all().iter().all(|(_, steps)| steps.is_empty())
    }

    pub(super) fn collect<'a>(&'a self, all: &mut Vec<&'a Step>) {
        self.all().into_iter().flat_map(|(_, steps)| steps).for_each(|step| step.collect(all));
    }

    pub(crate) fn all_mut(&mut self) -> [&mut Vec<Step>; 5] {
        [
            &mut self.on_success,
            &mut self.on_failure,
            &mut self.on_error,
            &mut self.on_cancel,
            &mut self.ensure,
        ]
    }
}

/// A step of a job.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name: that of the get, task or put, else the word of the language.
    pub name: Spanned<String>,
    /// What it does.
    pub action: Action,
    /// How often, how long, and what follows.
    pub options: StepOptions,
}

/// What every step can say.
#[derive(Debug, Clone, Default)]
pub struct StepOptions {
    /// After how many milliseconds one attempt is failed; `None` leaves it to the command.
    pub timeout_ms: Option<u64>,
    /// How often it is tried in all; 0 and 1 are once.
    pub attempts: u32,
    /// The milliseconds before the second try; `None` is no pause.
    pub backoff_ms: Option<u64>,
    /// Whether the build goes on after its failure.
    pub allow_failure: bool,
    /// What follows it.
    pub hooks: Hooks,
}

impl Step {
    /// The steps in it, without its hooks.
    pub fn inner(&self) -> Vec<&Self> {
        match &self.action {
            Action::InParallel(parallel) => parallel.steps.iter().collect(),
            Action::Do(steps) => steps.iter().collect(),
            Action::If(branches) => branches.iter().flat_map(|branch| &branch.steps).collect(),
            Action::Get(_) | Action::Task(_) | Action::Put(_) | Action::Hook(_) => Vec::new(),
        }
    }

    pub(super) fn collect<'a>(&'a self, all: &mut Vec<&'a Self>) {
        all.push(self);
        self.inner().into_iter().for_each(|step| step.collect(all));
        self.options.hooks.collect(all);
    }

    /// Calls `visit` for it, all that is in it, and its hooks.
    pub(crate) fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        let inner: Vec<&mut Self> = match &mut self.action {
            Action::InParallel(parallel) => parallel.steps.iter_mut().collect(),
            Action::Do(steps) => steps.iter_mut().collect(),
            Action::If(branches) => branches.iter_mut().flat_map(|branch| &mut branch.steps).collect(),
            Action::Get(_) | Action::Task(_) | Action::Put(_) | Action::Hook(_) => Vec::new(),
        };
        let hooks = self.options.hooks.all_mut().into_iter().flatten();
        inner.into_iter().chain(hooks).for_each(|step| step.each_mut(visit));
    }
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Fetches a version of a resource.
    Get(Get),
    /// Runs a command.
    Task(Task),
    /// Publishes with a resource.
    Put(Put),
    /// The command of a hook.
    Hook(Command),
    /// Several steps, side by side.
    InParallel(InParallel),
    /// Several steps, one after the other.
    Do(Vec<Step>),
    /// The first branch whose condition holds.
    If(Vec<Branch>),
}

/// A `get`.
#[derive(Debug, Clone)]
pub struct Get {
    /// The name of the step: that of the resource, unless it names another.
    pub name: Spanned<String>,
    /// The resource, as `type.name`.
    pub resource: String,
    /// Whether a new version starts the job.
    pub trigger: bool,
    /// The jobs that must have succeeded with a version.
    pub passed: Vec<Spanned<String>>,
    /// Which versions it takes.
    pub version: GetVersion,
    /// Where it stands.
    pub span: Span,
}

/// Which versions a get takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum GetVersion {
    /// Each, one build after the other.
    #[default]
    Every,
    /// The newest there is.
    Latest,
    /// The newest with these keys.
    Pinned(BTreeMap<String, String>),
}

/// A `task`.
#[derive(Debug, Clone)]
pub struct Task {
    /// The name of the step.
    pub name: Spanned<String>,
    /// What it runs.
    pub run: Command,
    /// Variables for its environment; null ones are absent.
    pub env: Values,
    /// The directory below `$WORKDIR` in which it runs; `None` is `$WORKDIR`.
    pub dir: Option<Spanned<Late>>,
    /// Paths below `$WORKDIR` that must be there before.
    pub inputs: Vec<Spanned<Late>>,
    /// Paths below `$WORKDIR` that must be there afterwards.
    pub outputs: Vec<Spanned<Late>>,
    /// Where it stands.
    pub span: Span,
}

/// A `put`.
#[derive(Debug, Clone)]
pub struct Put {
    /// The name of the step: that of the resource, unless it names another.
    pub name: Spanned<String>,
    /// The resource, as `type.name`.
    pub resource: String,
    /// What it says to the resource.
    pub attributes: Values,
    /// Where it stands.
    pub span: Span,
}

/// Steps side by side.
#[derive(Debug, Clone)]
pub struct InParallel {
    /// How many run at a time; 0 is all.
    pub limit: u32,
    /// Whether the first that does not succeed cancels the others.
    pub fail_fast: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A branch of an `if`.
#[derive(Debug, Clone)]
pub struct Branch {
    /// When it is taken; `None` is `else`.
    pub condition: Option<Decision>,
    /// Its steps, one after the other.
    pub steps: Vec<Step>,
}

/// What decides about a branch.
#[derive(Debug, Clone)]
pub enum Decision {
    /// An expression.
    Value(Late),
    /// A condition over the build's variables.
    Condition(Condition),
}
