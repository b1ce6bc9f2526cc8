//! The commands of a resource in a build: `pull`, `push`.

use super::Ended;
use super::command::{self, Ran, Run};
use crate::build::Build;
use crate::environment::{self, Variables};
use crate::log::StepLog;
use crate::runner::Filled;
use crate::scope::Scope;
use pikoci_plan::plan::Resource;
use pikoci_plan::version::Version;

/// What a command of a resource gets besides what every process of the build does.
#[derive(Default)]
pub(super) struct Gets<'a> {
    pub(super) version: Option<&'a Version>,
    /// `put_<key>`.
    pub(super) attributes: Variables,
    /// The most bytes of standard output that are read as an answer; `None`: all is log.
    pub(super) answer: Option<usize>,
}

/// Runs the command, with the resource's parameters and its cache.
pub(super) async fn run(
    build: &Build<'_>,
    log: &mut StepLog,
    resource: &Resource,
    (filled, gets): (Filled<'_>, Gets<'_>),
    scope: &Scope,
) -> Result<Ran, Ended> {
    let on_network = filled.is_on_network();
    let params = build.resolver(scope, on_network).variables("param_", &resource.params, log).await?;
    let cache = build.cache(resource, &params, scope, log).await?;
    let mut variables = build.variables(scope, on_network);
    variables.extend(environment::of_resource(&resource.name, params, gets.version));
    variables.extend(gets.attributes);
    let cache = cache.as_ref().map(|held| held.path.clone());
    let run = Run { variables, cache, answer: gets.answer, ..Run::new(filled, scope) };
    command::run(build.attempt, log, run).await
}
