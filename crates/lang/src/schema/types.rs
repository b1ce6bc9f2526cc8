//! The types of a pipeline: those it declares, and the built-in ones it uses.

use super::params::{self, Giver};
use super::reading::Reading;
use super::source::From;
use super::top::Context;
use super::{resource_type, runner_type, secret_type, service_type};
use crate::builtin::Kind;
use crate::diagnostic::{Report, did_you_mean};
use crate::pipeline::{Action, Command, Job, ResourceType, RunnerType, SecretType, ServiceType};
use crate::span::{Span, Spanned};
use hcl_edit::structure::Block;
use std::collections::BTreeMap;

/// Types of one kind by name. `None` is one that could not be read, which was reported.
type Known<T> = BTreeMap<String, Option<T>>;

/// The types of a pipeline.
#[derive(Default)]
pub(super) struct Types {
    pub(super) resources: Known<ResourceType>,
    pub(super) runners: Known<RunnerType>,
    pub(super) secrets: Known<SecretType>,
    pub(super) services: Known<ServiceType>,
    /// Where they are declared.
    places: BTreeMap<(&'static str, String), Span>,
}

impl Types {
    /// Takes in a block that declares a type.
    pub(super) fn declare(&mut self, kind: Kind, block: &Block, outer: &Reading<'_>, context: &Context<'_>) {
        match kind {
            Kind::Resource => {
                let read = resource_type::declared(block, outer, context);
                declare(&mut self.resources, block, read);
            }
            Kind::Runner => {
                let read = runner_type::declared(block, outer, context);
                declare(&mut self.runners, block, read);
            }
            Kind::Secret => {
                let read = secret_type::declared(block, outer, context);
                declare(&mut self.secrets, block, read);
            }
            Kind::Service => {
                let read = service_type::declared(block, outer, context);
                declare(&mut self.services, block, read);
            }
        }
        self.once(kind, block, outer, context);
    }

    /// Reports a type that is declared a second time.
    fn once(&mut self, kind: Kind, block: &Block, outer: &Reading<'_>, context: &Context<'_>) {
        let (Some(label), Some(span)) = (block.labels.first(), outer.scope.span(&block.ident)) else {
            return;
        };
        let name = label.as_str();
        let Some(first) = self.places.insert((kind.block(), name.to_owned()), span) else { return };
        let place = context.sources.place(first, span);
        let hint = place.map(|place| match first.file == span.file {
            true => format!("the first stands on {place}"),
            false => format!(
                "the first stands on {place}; all `.hcl` files of a directory are one pipeline: a file that is the \
                 `source` of a type stands in another"
            ),
        });
        let message = format!("there are two of {} `{name}`", kind.block());
        context.sink.add(Report::error("twice", span, message).maybe_hint(hint));
    }

    /// The type of a resource, declared or built in. One that is not there is reported.
    pub(super) fn resource(
        &mut self,
        name: &Spanned<String>,
        context: &Context<'_>,
    ) -> Option<&ResourceType> {
        find(&mut self.resources, Kind::Resource, name, context, resource_type::load)
    }

    /// The type of a secret.
    pub(super) fn secret(&mut self, name: &Spanned<String>, context: &Context<'_>) -> Option<&SecretType> {
        find(&mut self.secrets, Kind::Secret, name, context, secret_type::built_in)
    }

    /// The type of a service.
    pub(super) fn service(&mut self, name: &Spanned<String>, context: &Context<'_>) -> Option<&ServiceType> {
        find(&mut self.services, Kind::Service, name, context, service_type::load)
    }

    /// Finds the runner of each command, and checks what the commands give it.
    pub(super) fn resolve_runners(&mut self, jobs: &mut [Job], context: &Context<'_>) {
        let Self { resources, runners, secrets, services, .. } = self;
        let mut resolve = |command: &mut Command| resolve(runners, command, context);
        resources.values_mut().flatten().flat_map(ResourceType::commands_mut).for_each(&mut resolve);
        secrets.values_mut().flatten().filter_map(|of| of.get.as_mut()).for_each(&mut resolve);
        services.values_mut().flatten().flat_map(ServiceType::commands_mut).for_each(&mut resolve);
        for job in jobs {
            let steps = job.steps.iter_mut().chain(job.hooks.all_mut().into_iter().flatten());
            steps.for_each(|step| {
                step.each_mut(&mut |step| match &mut step.action {
                    Action::Task(task) => resolve(&mut task.run),
                    Action::Hook(command) => resolve(command),
                    _ => {}
                });
            });
        }
    }
}

fn resolve(runners: &mut Known<RunnerType>, command: &mut Command, context: &Context<'_>) {
    let Some(runner) = find(runners, Kind::Runner, &command.runner, context, runner_type::load) else {
        return;
    };
    let what = format!("the runner `{}`", runner.name);
    let giver = Giver { what: &what, of: &what, span: command.span };
    let given = std::mem::take(&mut command.params);
    command.params = params::given(&runner.params, given, &giver, context.sink);
}

/// The types that could be read.
pub(super) fn known<T>(types: Known<T>) -> BTreeMap<String, T> {
    types.into_iter().filter_map(|(name, of)| Some((name, of?))).collect()
}

fn declare<T>(types: &mut Known<T>, block: &Block, read: Option<T>) {
    if let Some(label) = block.labels.first() {
        types.insert(label.as_str().to_owned(), read);
    }
}

fn find<'a, T>(
    types: &'a mut Known<T>,
    kind: Kind,
    name: &Spanned<String>,
    context: &Context<'_>,
    load: impl Fn(&str, &From, &Context<'_>) -> Option<T>,
) -> Option<&'a T> {
    if !types.contains_key(&name.value) {
        let read = match kind.text(&name.value) {
            Some(_) => load(&name.value, &From::built_in(&name.value, name.span), context),
            None => {
                report_unknown(types.keys().map(String::as_str), kind, name, context);
                None
            }
        };
        types.insert(name.value.clone(), read);
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
