//! A pipeline, typed: what the blocks of its files say, with every expression evaluated.

use crate::eval::Value;
use crate::span::{Span, Spanned};
use std::collections::BTreeMap;

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name, as the caller gave it.
    pub name: String,
    /// The variables that its files declare, in order of their names.
    pub variables: Vec<Variable>,
    /// The types of its resources, declared or built in, by name.
    pub resource_types: BTreeMap<String, ResourceType>,
    /// Its resources, in the order of the files.
    pub resources: Vec<Resource>,
    /// The runners that it declares or uses, by name.
    pub runner_types: BTreeMap<String, RunnerType>,
    /// Its jobs, in the order of the files.
    pub jobs: Vec<Job>,
}

impl Pipeline {
    /// The job of that name.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| *job.name == name)
    }

    /// The resource of that name, as `type.name`.
    pub fn resource(&self, full_name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.full_name() == full_name)
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
}

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
}

/// A command: the runner, and what it is given.
#[derive(Debug, Clone)]
pub struct Command {
    /// The name of the runner type.
    pub runner: Spanned<String>,
    /// The parameters for it: what its template's `$name` stand for. Defaults of the runner are not among them.
    pub params: BTreeMap<String, Spanned<Value>>,
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
    /// Where it is declared; `None` is built in.
    pub span: Option<Span>,
}

/// A resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The name of its type.
    pub type_name: Spanned<String>,
    /// Its own name.
    pub name: Spanned<String>,
    /// Its parameters as they print in an environment, defaults of the type included; those that are null or
    /// that the type does not know are left out.
    pub params: BTreeMap<String, String>,
    /// How many milliseconds lie between two checks, at least 1,000; `None` where the type has no check.
    pub check_interval_ms: Option<u64>,
    /// Where it is declared.
    pub span: Span,
}

impl Resource {
    /// Its name in addresses and gets: `git.app`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.type_name.value, self.name.value)
    }

    /// The directory below `$WORKDIR` that it is fetched into, `.` for `$WORKDIR` itself: the parameter `name`,
    /// else of a git repository its own name, of anything else the resource's.
    pub fn directory(&self) -> String {
        let given = self.params.get("name").filter(|name| !name.is_empty()).cloned();
        let repository = || match self.type_name.as_str() {
            "git" => self.params.get("url").and_then(|url| repository_name(url)),
            _ => None,
        };
        given.or_else(repository).unwrap_or_else(|| self.name.value.clone())
    }

    /// Whether there is something to check.
    pub fn has_check(&self) -> bool {
        self.check_interval_ms.is_some()
    }
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

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// After how many milliseconds a build is failed; `None` is the default.
    pub timeout_ms: Option<u64>,
    /// Its steps, in written order.
    pub steps: Vec<Step>,
    /// Where it is declared.
    pub span: Span,
}

impl Job {
    /// Its gets, in written order.
    pub fn gets(&self) -> impl Iterator<Item = &Get> {
        self.steps.iter().filter_map(|step| match step {
            Step::Get(get) => Some(get),
            Step::Task(_) => None,
        })
    }

    /// Its tasks, in written order.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.steps.iter().filter_map(|step| match step {
            Step::Task(task) => Some(task),
            Step::Get(_) => None,
        })
    }
}

/// A step of a job.
#[derive(Debug, Clone)]
pub enum Step {
    /// Fetches a version of a resource.
    Get(Get),
    /// Runs a command.
    Task(Task),
}

/// A `get`.
#[derive(Debug, Clone)]
pub struct Get {
    /// The name of the step, which is the resource's name.
    pub name: Spanned<String>,
    /// The resource, as `type.name`.
    pub resource: String,
    /// Whether a new version starts the job.
    pub trigger: bool,
    /// The jobs that must have succeeded with a version.
    pub passed: Vec<Spanned<String>>,
    /// After how many milliseconds the step is errored.
    pub timeout_ms: Option<u64>,
    /// Where it stands.
    pub span: Span,
}

/// A `task`.
#[derive(Debug, Clone)]
pub struct Task {
    /// The name of the step.
    pub name: Spanned<String>,
    /// What it runs.
    pub run: Command,
    /// Variables for its environment, as they print there; null ones are left out.
    pub env: BTreeMap<String, String>,
    /// The directory below `$WORKDIR` in which it runs.
    pub dir: Option<String>,
    /// After how many milliseconds it is failed.
    pub timeout_ms: Option<u64>,
    /// Where it stands.
    pub span: Span,
}

/// The name of a repository, as git itself finds it in an address: its last part, without `.git`.
fn repository_name(url: &str) -> Option<String> {
    let path = url.strip_suffix('/').unwrap_or(url);
    let path = path.strip_suffix("/.git").unwrap_or(path);
    let last = path.rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::repository_name;

    #[test]
    fn a_repository_is_named_by_the_last_part_of_its_address() {
        let table = [
            ("https://github.com/org/app", Some("app")),
            ("https://github.com/org/app.git/", Some("app")),
            ("git@example.org:app.git", Some("app")),
            ("/srv/git/app/.git", Some("app")),
            ("app", Some("app")),
            (".", None),
            ("/", None),
        ];
        for (url, name) in table {
            assert_eq!(repository_name(url).as_deref(), name, "{url}");
        }
    }
}
