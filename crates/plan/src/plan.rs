//! What is to be done, ready for an executor: no expression, no block, no name that still needs looking up.
//!
//! A [`Plan`] is compiled once per revision and job and stored by its hash. What differs from build to build
//! (versions, numbers) stands in [`crate::values`], and is put in by the executor just before a process
//! starts, by the rules of runner templates.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most versions that one check hands on.
pub const CHECK_VERSIONS: usize = 1_000;

/// What an attempt does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plan {
    /// The steps of a job.
    Build(BuildPlan),
    /// One check of a resource.
    Check(CheckPlan),
}

/// A job, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildPlan {
    /// `BUILD_PIPELINE_NAME`.
    pub pipeline: String,
    /// `BUILD_JOB_NAME`.
    pub job: String,
    /// After how many milliseconds the build is failed; 0 is never.
    pub timeout_ms: u64,
    /// The steps, in written order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The step's name, as in an address: `shop/test#7:unit`.
    pub name: String,
    /// After how many milliseconds the step is failed; 0 is never.
    pub timeout_ms: u64,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Fetches a version of a resource.
    Get(Get),
    /// Runs a command.
    Task(Task),
}

impl Action {
    /// `get`, `task`: the word of the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Task(_) => "task",
        }
    }
}

/// A `get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// The resource, as `type.name`.
    pub resource: String,
    /// `RESOURCE_NAME`: the name without the type.
    pub resource_name: String,
    /// The directory below `$WORKDIR` that the resource's own parameters say it is fetched into (`name`, else
    /// the resource's name; `.` is `$WORKDIR` itself). `pikoci run --resource` copies to there.
    pub directory: String,
    /// The type's `pull`; `None` is a type without one, which fetches nothing.
    pub pull: Option<Command>,
    /// The parameters of the resource, exported as `param_<key>`.
    pub params: BTreeMap<String, String>,
}

/// A `task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What it runs.
    pub command: Command,
    /// Further variables of its environment.
    pub env: BTreeMap<String, String>,
    /// The directory below `$WORKDIR` in which it runs; `None` is `$WORKDIR`.
    pub dir: Option<String>,
}

/// One check of a resource, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPlan {
    /// `RESOURCE_NAME`: the name without the type.
    pub resource_name: String,
    /// The type's `check`.
    pub check: Command,
    /// The parameters of the resource, exported as `param_<key>`.
    pub params: BTreeMap<String, String>,
    /// After how many milliseconds the check is errored.
    pub timeout_ms: u64,
}

/// A process to start: a runner's template, and what the `run` (or `check`, `pull` …) block gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The runner's name, for messages.
    pub runner: String,
    /// The template of what is started.
    pub run: Template,
    /// The template of what ends it on cancel or timeout, before its processes are killed.
    pub stop: Option<Template>,
    /// Where the process sees `WORKDIR`, `SCRATCH`, `CACHE_DIR`; those not named here it sees at their host path.
    pub mounts: BTreeMap<String, String>,
    /// Exit codes that are the runner's trouble, not the task's: the step is errored.
    pub error_codes: Vec<i32>,
    /// The parameters of the block: what `$name` and `$args` in the templates stand for.
    pub params: BTreeMap<String, Argument>,
}

/// `run { path, args }` or `stop { path, args }` of a runner type: one argv with `$name` in it. What these
/// become is a table in the language reference (runner types).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The program.
    pub path: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// The value of a parameter of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Argument {
    /// A text (numbers and booleans as they print).
    Text(String),
    /// A list, for an element that is exactly `$name`.
    List(Vec<String>),
}
