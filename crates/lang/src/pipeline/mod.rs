//! A pipeline, typed: what the blocks of its files say, with every expression evaluated as far as it can be
//! before a build runs.

mod job;
mod resource;
mod secret;
mod step;
mod types;

pub use job::{Interruptible, Job, OnWorkerLoss, Scheduling, Service, Untrusted};
pub use resource::{Resource, ResourceKind};
pub use secret::{GivenSecrets, SecretFetch, SecretSource};
pub use step::{Action, Branch, Decision, Get, GetVersion, Hooks, InParallel, Put, Step, StepOptions, Task};
pub use types::{
    Command, Param, Params, ReadyCheck, ResourceType, RunnerType, SecretType, ServiceType, Template,
};

use crate::late::Late;
use crate::span::Spanned;
use std::collections::BTreeMap;

/// Values by name, each with its place.
pub type Values = BTreeMap<String, Spanned<Late>>;

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name, as the caller gave it.
    pub name: String,
    /// The variables that its files declare, in order of their names.
    pub variables: Vec<Variable>,
    /// Where the values of its secret variables come from, by their names.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The values of those secrets that came with the pipeline: from a flag, a file of variables, the
    /// environment or a default. They are no part of any plan.
    pub given: GivenSecrets,
    /// The types of its resources, declared or built in, by name.
    pub resource_types: BTreeMap<String, ResourceType>,
    /// Its resources, in the order of the files.
    pub resources: Vec<Resource>,
    /// The runners that it declares or uses, by name.
    pub runner_types: BTreeMap<String, RunnerType>,
    /// The types of secrets that it declares or uses, by name.
    pub secret_types: BTreeMap<String, SecretType>,
    /// The types of services that it declares or uses, by name.
    pub service_types: BTreeMap<String, ServiceType>,
    /// Its jobs, in the order of the files.
    pub jobs: Vec<Job>,
    /// The texts of the types that it took from somewhere else, in the order in which they were needed.
    pub sources: Vec<ResolvedSource>,
}

impl Pipeline {
    /// The job of that name.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| *job.name == name)
    }

    /// The resource of that name, as `type.name`.
    pub fn resource(&self, full_name: &str) -> Option<&Resource> {
        let (type_name, name) = full_name.split_once('.')?;
        let is_it = |resource: &&Resource| *resource.name == name && *resource.type_name == type_name;
        // The name of a type may hold a dot itself.
        self.resources
            .iter()
            .find(is_it)
            .or_else(|| self.resources.iter().find(|resource| resource.full_name() == full_name))
    }

    /// The type of a resource of this pipeline.
    pub fn type_of(&self, resource: &Resource) -> Option<&ResourceType> {
        self.resource_types.get(&resource.type_name.value)
    }
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The type that its values are converted to, as it is written: `list(string)`.
    pub type_name: String,
    /// Whether it has a default.
    pub has_default: bool,
    /// Whether its value is a secret, wherever it comes from.
    pub is_secret: bool,
    /// What the caller gave for it; `None` if it has its default, or is fetched.
    pub given: Option<GivenValue>,
}

/// What the caller gave for a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenValue {
    /// Whether it came from the environment, so that nobody named it for this pipeline.
    pub from_environment: bool,
    /// The value, as one of the variable's type. A secret's is not here.
    pub value: Option<serde_json::Value>,
}

/// A text that a pipeline takes from somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSource {
    /// As it is written: `pikoci://git`, `types/deploy.hcl`, `https://…`.
    pub source: String,
    /// The SHA-256 of the text, as 64 hexadecimal digits.
    pub sha256: String,
    /// The text.
    pub text: String,
}
