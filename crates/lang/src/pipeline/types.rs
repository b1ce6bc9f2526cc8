//! Types: what is defined once and used with parameters.

use super::{ResourceKind, Values};
use crate::eval::Value;
use crate::span::{Span, Spanned};
use std::collections::BTreeMap;

/// The parameters that a type takes.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// What the type says about each; empty is a type that takes any.
    pub named: BTreeMap<String, Param>,
}

impl Params {
    /// Whether the type takes parameters of any name.
    pub fn is_open(&self) -> bool {
        self.named.is_empty()
    }
}

/// A parameter of a type.
#[derive(Debug, Clone, Default)]
pub struct Param {
    /// Its value where none is given; `None` is no default.
    pub default: Option<Value>,
    /// Whether a value must be given.
    pub required: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its value is to be kept out of sight like that of a secret.
    pub sensitive: bool,
}

/// A command: the runner, and what it is given.
#[derive(Debug, Clone)]
pub struct Command {
    /// The name of the runner type.
    pub runner: Spanned<String>,
    /// The parameters for it: what its template's `$name` stand for.
    pub params: Values,
    /// After how many milliseconds it has taken too long, where it says so itself.
    pub timeout_ms: Option<u64>,
    /// Where the block stands.
    pub span: Span,
}

/// A kind of resource.
#[derive(Debug, Clone)]
pub struct ResourceType {
    /// Its name in this pipeline.
    pub name: String,
    /// Where its text comes from: `pikoci://git`, a path; `None` is the pipeline itself.
    pub source: Option<String>,
    /// The parameters of its resources.
    pub params: Params,
    /// How new versions are found; `None` is a type whose versions only puts make.
    pub check: Option<Command>,
    /// How a version is fetched; `None` fetches nothing.
    pub pull: Option<Command>,
    /// How a version is published.
    pub push: Option<Command>,
    /// Whether its commands get a `CACHE_DIR` that outlives the build.
    pub cache: bool,
    /// The key of a version that names its space: versions with the same value are one line of work.
    pub space: Option<String>,
    /// The key of a version that says, if it is true, that its content is not to be trusted.
    pub untrusted: Option<String>,
    /// Where it is declared; `None` is built in.
    pub span: Option<Span>,
}

impl ResourceType {
    /// Where versions of its resources come from.
    pub(crate) fn kind(&self) -> ResourceKind {
        match (&self.check, self.source.as_deref()) {
            (Some(_), _) => ResourceKind::Checked,
            (None, Some("pikoci://cron")) => ResourceKind::Cron,
            (None, Some("pikoci://trigger")) => ResourceKind::Trigger,
            (None, _) => ResourceKind::Unchecked,
        }
    }

    /// Its commands.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        [&self.check, &self.pull, &self.push].into_iter().flatten()
    }

    pub(crate) fn commands_mut(&mut self) -> impl Iterator<Item = &mut Command> {
        [&mut self.check, &mut self.pull, &mut self.push].into_iter().flatten()
    }
}

/// A kind of secret store.
#[derive(Debug, Clone)]
pub struct SecretType {
    /// Its name in this pipeline.
    pub name: String,
    /// Where its text comes from; `None` is the pipeline itself.
    pub source: Option<String>,
    /// What its configuration may hold.
    pub params: Params,
    /// Its configuration.
    pub config: Values,
    /// Fetches a secret: prints a JSON object.
    pub get: Option<Command>,
    /// Where it is declared; `None` is built in.
    pub span: Option<Span>,
}

/// A kind of service.
#[derive(Debug, Clone)]
pub struct ServiceType {
    /// Its name in this pipeline.
    pub name: String,
    /// Where its text comes from; `None` is the pipeline itself.
    pub source: Option<String>,
    /// The parameters of its services.
    pub params: Params,
    /// Starts one.
    pub start: Option<Command>,
    /// Succeeds once it can be used.
    pub ready_check: Option<ReadyCheck>,
    /// Runs as long as the service, and prints what that has to say.
    pub logs: Option<Command>,
    /// Stops it.
    pub stop: Option<Command>,
    /// Whether two builds on one host can have one at the same time.
    pub isolated: bool,
    /// Where it is declared; `None` is built in.
    pub span: Option<Span>,
}

impl ServiceType {
    /// Its commands.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        let ready = self.ready_check.as_ref().map(|check| &check.command);
        [self.start.as_ref(), ready, self.logs.as_ref(), self.stop.as_ref()].into_iter().flatten()
    }

    pub(crate) fn commands_mut(&mut self) -> impl Iterator<Item = &mut Command> {
        let ready = self.ready_check.as_mut().map(|check| &mut check.command);
        [self.start.as_mut(), ready, self.logs.as_mut(), self.stop.as_mut()].into_iter().flatten()
    }
}

/// A command that is repeated until it succeeds.
#[derive(Debug, Clone)]
pub struct ReadyCheck {
    /// The command; its timeout is for the whole wait.
    pub command: Command,
    /// The milliseconds between two tries; `None` lets them grow.
    pub interval_ms: Option<u64>,
}

/// A template of one argv, with `$name` in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// The program.
    pub path: Spanned<String>,
    /// Its arguments.
    pub args: Vec<Spanned<String>>,
}

impl Template {
    /// All of its elements.
    pub fn elements(&self) -> impl Iterator<Item = &Spanned<String>> {
        std::iter::once(&self.path).chain(&self.args)
    }
}

/// A kind of runner.
#[derive(Debug, Clone)]
pub struct RunnerType {
    /// Its name in this pipeline.
    pub name: String,
    /// Where its text comes from: `pikoci://docker`, a path; `None` is the pipeline itself.
    pub source: Option<String>,
    /// The parameters of its `run` blocks.
    pub params: Params,
    /// What is started.
    pub run: Template,
    /// What ends it.
    pub stop: Option<Template>,
    /// Where the process sees `WORKDIR`, `SCRATCH`, `CACHE_DIR`; those not named it sees at their host path.
    pub mounts: BTreeMap<String, String>,
    /// Exit codes that are the runner's trouble.
    pub error_codes: Vec<i32>,
    /// Where it is declared; `None` is built in.
    pub span: Option<Span>,
}
