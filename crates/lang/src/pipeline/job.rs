//! Jobs and their services.

use super::{Action, Command, Get, Hooks, Put, Step, Task, Values};
use crate::span::{Span, Spanned};

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: Spanned<String>,
    /// Of an instance of a job with `for_each` or `matrix` the name of that job.
    pub instance_of: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// After how many milliseconds a build is failed; `None` is the default.
    pub timeout_ms: Option<u64>,
    /// Its services, in written order.
    pub services: Vec<Service>,
    /// Its steps, in written order.
    pub steps: Vec<Step>,
    /// What follows when the steps are over.
    pub hooks: Hooks,
    /// Whether a failed build counts as succeeded, with a warning.
    pub allow_failure: bool,
    /// What only a server acts on.
    pub scheduling: Scheduling,
    /// Where it is declared.
    pub span: Span,
}

/// When and where builds of a job run. Only a server acts on it.
#[derive(Debug, Clone)]
pub struct Scheduling {
    /// How many of its builds run at a time; 0 is as many as there is room for.
    pub concurrency: u32,
    /// How many builds of all jobs of its [base name](Job::base_name) run at a time; 0 is as many as there is room
    /// for.
    pub max_in_flight: u32,
    /// Groups that one running build at a time holds; `team/x` is one of the whole team.
    pub serial_groups: Vec<Spanned<String>>,
    /// What a worker must have to run it.
    pub tags: Vec<String>,
    /// Whether a newer build cancels older ones.
    pub interruptible: Spanned<Interruptible>,
    /// What becomes of a build whose worker is lost.
    pub on_worker_loss: OnWorkerLoss,
    /// Whether its builds cannot be run again.
    pub disable_retry: bool,
    /// What becomes of a build that would give secrets to code that is not to be trusted.
    pub untrusted: Untrusted,
}

/// Whether a newer build of a job cancels older ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interruptible {
    /// No.
    #[default]
    Never,
    /// Those that do not run yet.
    Waiting,
    /// All of them.
    Always,
}

/// What becomes of a build whose worker is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnWorkerLoss {
    /// It is errored.
    #[default]
    Error,
    /// It is run again.
    Retry,
}

/// What becomes of a build that would give secrets to code that is not to be trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Untrusted {
    /// It waits until somebody has approved its versions.
    #[default]
    Wait,
    /// It runs like any other, with its secrets.
    Allow,
    /// It is not made at all.
    Skip,
}

impl Job {
    /// Its name as it stands in the file: all instances of one job have the same.
    pub fn base_name(&self) -> &str {
        self.instance_of.as_deref().unwrap_or(&self.name)
    }

    /// All its steps and what is in them, hooks included, in written order.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut all = Vec::new();
        self.steps.iter().for_each(|step| step.collect(&mut all));
        self.hooks.collect(&mut all);
        all
    }

    /// Its gets, in written order, also those within other steps.
    pub fn gets(&self) -> impl Iterator<Item = &Get> {
        self.all_steps().into_iter().filter_map(|step| match &step.action {
            Action::Get(get) => Some(get),
            _ => None,
        })
    }

    /// Its puts, in written order, also those within other steps and in hooks.
    pub fn puts(&self) -> impl Iterator<Item = &Put> {
        self.all_steps().into_iter().filter_map(|step| match &step.action {
            Action::Put(put) => Some(put),
            _ => None,
        })
    }

    /// Its tasks, in written order, also those within other steps and in hooks.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.all_steps().into_iter().filter_map(|step| match &step.action {
            Action::Task(task) => Some(task),
            _ => None,
        })
    }

    /// The commands of its tasks and hooks.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.all_steps().into_iter().filter_map(|step| match &step.action {
            Action::Task(task) => Some(&task.run),
            Action::Hook(command) => Some(command),
            _ => None,
        })
    }
}

/// A service of a job.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name in the job: the second label, else the name of its type.
    pub name: Spanned<String>,
    /// The name of its type.
    pub type_name: Spanned<String>,
    /// Its parameters, defaults of the type included.
    pub params: Values,
    /// After how many milliseconds its start is given up, ready check included; `None` leaves it to the type.
    pub timeout_ms: Option<u64>,
    /// Where it stands.
    pub span: Span,
}
