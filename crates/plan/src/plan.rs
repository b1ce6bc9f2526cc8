//! What is to be done, ready for an executor: no block, no name that still needs looking up. What only the
//! build knows stands in it as a [late value](Late).
//!
//! A [`Plan`] is compiled once per revision and job and stored by its hash. What differs from build to build
//! (versions, numbers) stands in [`crate::values`], and is put in by the executor just before a process
//! starts. No value of a secret is in it, only how it is fetched.

use pikoci_lang::Condition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use pikoci_lang::Late;

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

/// Late values by name.
pub type Values = BTreeMap<String, Late>;

/// A job, compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildPlan {
    /// `BUILD_PIPELINE_NAME`.
    pub pipeline: String,
    /// `BUILD_JOB_NAME`.
    pub job: String,
    /// After how many milliseconds the build is failed; 0 is never.
    pub timeout_ms: u64,
    /// The secrets that it may need, by the name of their variable.
    pub secrets: BTreeMap<String, Secret>,
    /// The services that stand beside its steps, in written order.
    pub services: Vec<Service>,
    /// The steps, in written order.
    pub steps: Vec<Step>,
    /// What follows when the steps are over.
    pub hooks: Hooks,
    /// Whether a failed build counts as succeeded, with a warning.
    pub allow_failure: bool,
    /// Whether no step of it begins while no server answers: it holds what another build could be given meanwhile,
    /// or would be run again if its worker were lost.
    #[serde(default)]
    pub careful: bool,
}

/// A secret: where the value of a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a plan has few of them, and most are fetched")]
pub enum Secret {
    /// Whoever loaded the pipeline was given the value, and hands it to the executor beside the plan.
    Given,
    /// A command fetches it.
    Fetched(SecretGet),
}

/// How a secret is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretGet {
    /// The name of its type, for messages.
    pub type_name: String,
    /// The type's `get`, which prints a JSON object.
    pub get: Command,
    /// The configuration of the type, exported as `param_<key>`.
    pub params: Values,
    /// `param_path`: where it is.
    pub path: Option<Late>,
    /// `param_key`: the key of the object that is the value. `None` takes the only one there is.
    pub key: Option<Late>,
    /// The type that the variable converts it to, as it is written; `any` keeps the text.
    pub value_type: String,
    /// After how many milliseconds it is given up.
    pub timeout_ms: u64,
}

/// A service: something that runs beside the steps of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its number in the [outline](BuildPlan::outline).
    pub id: u32,
    /// Its name in the job, which makes `SERVICE_<NAME>_HOST`.
    pub name: String,
    /// The name of its type.
    pub type_name: String,
    /// Its parameters, exported as `param_<key>`.
    pub params: Values,
    /// Which of the parameters `stop` does not get, though no secret is in them: their type says `sensitive`.
    pub sensitive: Vec<String>,
    /// Starts it.
    pub start: Option<Command>,
    /// Succeeds once it can be used.
    pub ready_check: Option<ReadyCheck>,
    /// Runs as long as it does, and prints what it has to say.
    pub logs: Option<Command>,
    /// Stops it.
    pub stop: Option<Command>,
    /// Whether two builds on one host can have one at the same time.
    pub isolated: bool,
    /// Whether `param_port` is a free port of the host: its type takes a `port`, none is given, and it is not isolated.
    pub free_port: bool,
    /// Whether its commands use `BUILD_NETWORK`.
    pub network: bool,
    /// After how many milliseconds its start, ready check included, is given up; 0 leaves it to `ready_check`.
    pub timeout_ms: u64,
}

/// A command that is repeated until it succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyCheck {
    /// The command.
    pub command: Command,
    /// For how many milliseconds in all it is tried.
    pub timeout_ms: u64,
    /// The milliseconds between two tries; 0 grows from 100 ms to 1 s.
    pub interval_ms: u64,
}

/// What follows when something is over, by how it ended. `ensure` comes last, and always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    /// After success, also one with a warning.
    pub on_success: Vec<Step>,
    /// After a failure.
    pub on_failure: Vec<Step>,
    /// After trouble of the infrastructure.
    pub on_error: Vec<Step>,
    /// After a cancel.
    pub on_cancel: Vec<Step>,
    /// In any case.
    pub ensure: Vec<Step>,
}

impl Hooks {
    /// The hooks by their words in the language, in the order in which they stand in an outline.
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
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number in the [outline](BuildPlan::outline): what events call it.
    pub id: u32,
    /// The step's name, as in an address: `shop/test#7:unit`.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// After how many milliseconds one attempt at it is failed; 0 is never.
    pub timeout_ms: u64,
    /// How often it is tried in all; 0 and 1 are once.
    pub attempts: u32,
    /// The milliseconds before the second try, doubling up to five minutes.
    pub backoff_ms: u64,
    /// Whether the build goes on after its failure, with a warning.
    pub allow_failure: bool,
    /// What follows it.
    pub hooks: Hooks,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Fetches a version of a resource.
    Get(Get),
    /// Runs a command.
    Task(Task),
    /// Publishes with a resource.
    Put(Put),
    /// Runs the command of a hook: if that fails it is marked, and nothing else.
    Hook(Task),
    /// Several steps, side by side.
    InParallel(InParallel),
    /// Several steps, one after the other.
    Do(Vec<Step>),
    /// The first branch whose condition holds.
    If(Vec<Branch>),
}

impl Action {
    /// `get`, `task`, `in_parallel`: the word of the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Task(_) => "task",
            Self::Put(_) => "put",
            Self::Hook(_) => "hook",
            Self::InParallel(_) => "in_parallel",
            Self::Do(_) => "do",
            Self::If(_) => "if",
        }
    }

    /// The steps in it, in written order.
    pub fn steps(&self) -> Vec<&Step> {
        match self {
            Self::Get(_) | Self::Task(_) | Self::Put(_) | Self::Hook(_) => Vec::new(),
            Self::InParallel(parallel) => parallel.steps.iter().collect(),
            Self::Do(steps) => steps.iter().collect(),
            Self::If(branches) => branches.iter().flat_map(|branch| &branch.steps).collect(),
        }
    }

    /// As [`Self::steps`], to change them.
    pub(crate) fn steps_mut(&mut self) -> Vec<&mut Step> {
        match self {
            Self::Get(_) | Self::Task(_) | Self::Put(_) | Self::Hook(_) => Vec::new(),
            Self::InParallel(parallel) => parallel.steps.iter_mut().collect(),
            Self::Do(steps) => steps.iter_mut().collect(),
            Self::If(branches) => branches.iter_mut().flat_map(|branch| &mut branch.steps).collect(),
        }
    }
}

/// A `get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// The resource and its parameters.
    pub resource: Resource,
    /// The directory below `$WORKDIR` that the resource's own parameters say it is fetched into (`name`, else
    /// the resource's name; `.` is `$WORKDIR` itself). `pikoci run --resource` copies to there.
    pub directory: String,
    /// The type's `pull`; `None` is a type without one, which fetches nothing.
    pub pull: Option<Command>,
}

/// A resource, as far as its commands need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its full name: `git.app`.
    pub full_name: String,
    /// `RESOURCE_NAME`: the name without the type.
    pub name: String,
    /// Its parameters, exported as `param_<key>`.
    pub params: Values,
    /// Whether its commands get a `CACHE_DIR` that outlives the build.
    pub cache: bool,
}

/// A `put`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// The resource and its parameters.
    pub resource: Resource,
    /// The type's `push`; `None` is a type without one, which publishes nothing.
    pub push: Option<Command>,
    /// What this put says, exported as `put_<key>`; in texts `$NAME` of the build's variables is replaced once.
    pub attributes: Values,
}

/// A `task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What it runs.
    pub command: Command,
    /// Further variables of its environment; null ones are absent.
    pub env: Values,
    /// The directory below `$WORKDIR` in which it runs; `None` is `$WORKDIR`.
    pub dir: Option<Late>,
    /// Paths below `$WORKDIR` that must be there before.
    pub inputs: Vec<Late>,
    /// Paths below `$WORKDIR` that must be there afterwards.
    pub outputs: Vec<Late>,
}

/// Steps side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InParallel {
    /// How many run at a time; 0 is all.
    pub limit: u32,
    /// Whether the first that does not succeed cancels the others.
    pub fail_fast: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A branch of an `if`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// When it is taken; `None` is `else`.
    pub condition: Option<Decision>,
    /// Its steps, one after the other.
    pub steps: Vec<Step>,
}

/// What decides about a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// An expression.
    Value(Late),
    /// A condition over the build's variables.
    Condition(Condition),
}

/// One check of a resource, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPlan {
    /// `BUILD_PIPELINE_NAME` of the pipeline, by which secrets that were given are found.
    pub pipeline: String,
    /// The resource and its parameters.
    pub resource: Resource,
    /// The type's `check`.
    pub check: Command,
    /// The secrets that it may need, by the name of their variable.
    pub secrets: BTreeMap<String, Secret>,
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
    pub params: Values,
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
