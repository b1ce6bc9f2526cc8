//! The types of a pipeline: those it declares, and the built-in ones it uses.

use super::params::{self, Giver};
use super::reading::Reading;
use super::top::Context;
use super::{resource_type, runner_type};
use crate::builtin::Kind;
use crate::diagnostic::{Report, did_you_mean};
use crate::pipeline::{Command, Job, ResourceType, RunnerType, Step};
use crate::span::{Span, Spanned};
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

/// Types by name. `None` is one that could not be read, which was reported.
#[derive(Default)]
pub(super) struct Types {
    resources: BTreeMap<String, Option<ResourceType>>,
    runners: BTreeMap<String, Option<RunnerType>>,
}

impl Types {
    /// Takes in a block `resource_type`.
    pub(super) fn declare_resource_type(
        &mut self,
        block: &Block,
        outer: &Reading<'_>,
        context: &Context<'_>,
    ) {
        let read = resource_type::declared(block, outer, context);
        declare(&mut self.resources, Kind::Resource, block, read, outer);
    }

    /// Takes in a block `runner_type`.
    pub(super) fn declare_runner_type(&mut self, block: &Block, outer: &Reading<'_>, context: &Context<'_>) {
        let read = runner_type::declared(block, outer, context);
        declare(&mut self.runners, Kind::Runner, block, read, outer);
    }

    /// The type of a resource, declared or built in. One that is not there is reported.
    pub(super) fn resource_type(
        &mut self,
        name: &Spanned<String>,
        context: &Context<'_>,
    ) -> Option<&ResourceType> {
        find(&mut self.resources, Kind::Resource, name, context, resource_type::built_in)
    }

    fn runner_type(&mut self, name: &Spanned<String>, context: &Context<'_>) -> Option<&RunnerType> {
        find(&mut self.runners, Kind::Runner, name, context, runner_type::built_in)
    }

    /// Finds the runner of each command, and checks what the commands give it.
    pub(super) fn resolve_runners(&mut self, jobs: &mut [Job], context: &Context<'_>) {
        let mut resources = std::mem::take(&mut self.resources);
        for of in resources.values_mut().flatten() {
            for command in [&mut of.check, &mut of.pull, &mut of.push].into_iter().flatten() {
                self.resolve(command, context);
            }
        }
        self.resources = resources;
        for step in jobs.iter_mut().flat_map(|job| &mut job.steps) {
            if let Step::Task(task) = step {
                self.resolve(&mut task.run, context);
            }
        }
    }

    fn resolve(&mut self, command: &mut Command, context: &Context<'_>) {
        let Some(runner) = self.runner_type(&command.runner, context) else { return };
        let what = format!("the runner `{}`", runner.name);
        let giver = Giver { what: &what, of: &what, span: command.span };
        let given = std::mem::take(&mut command.params);
        command.params = params::given(&runner.params, given, &giver, context.sink);
    }

    /// The types that could be read.
    pub(super) fn finish(self) -> (BTreeMap<String, ResourceType>, BTreeMap<String, RunnerType>) {
        (known(self.resources), known(self.runners))
    }
}

fn known<T>(types: BTreeMap<String, Option<T>>) -> BTreeMap<String, T> {
    types.into_iter().filter_map(|(name, of)| Some((name, of?))).collect()
}

fn declare<T>(
    types: &mut BTreeMap<String, Option<T>>,
    kind: Kind,
    block: &Block,
    read: Option<T>,
    outer: &Reading<'_>,
) {
    let Some(name) = block.labels.first().map(|label| label.as_str().to_owned()) else { return };
    if types.contains_key(&name) {
        let message = format!("there are two of {} `{name}`", kind.block());
        outer.sink.add(Report::error("twice", outer.scope.span(&block.ident), message));
    }
    types.insert(name, read);
}

fn find<'a, T>(
    types: &'a mut BTreeMap<String, Option<T>>,
    kind: Kind,
    name: &Spanned<String>,
    context: &Context<'_>,
    built_in: impl Fn(&str, Span, &Context<'_>) -> Option<T>,
) -> Option<&'a T> {
    if !types.contains_key(&name.value) {
        if kind.text(&name.value).is_none() {
            report_unknown(types.keys().map(String::as_str), kind, name, context);
        }
        types.insert(name.value.clone(), built_in(&name.value, name.span, context));
    }
    types.get(&name.value)?.as_ref()
}

fn report_unknown<'a>(
    declared: impl Iterator<Item = &'a str>,
    kind: Kind,
    name: &Spanned<String>,
    context: &Context<'_>,
) {
    let what = kind.block();
    let report = match kind.is_later(name) {
        true => Report::error(
            "not-yet",
            name.span,
            format!("the built-in type `{}` is not there yet", name.value),
        ),
        false => Report::error("unknown-type", name.span, format!("there is no {what} `{}`", name.value))
            .maybe_hint(did_you_mean(name, declared.chain(kind.names().map(|name| -> &str { name })))),
    };
    context.sink.add(report);
}
