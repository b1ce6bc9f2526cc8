//! The blocks of a pipeline's files, put together.

use super::grammar::Grammar;
use super::locals::PipelineNames;
use super::reading::Reading;
use super::types::{Types, known};
use super::variable::Declared;
use super::{job, passed, resource, secret, variable, vars_input};
use crate::builtin::Kind;
use crate::diagnostic::{Report, Sink};
use crate::eval::budget::Budget;
use crate::eval::scope::{Names, Scope};
use crate::files::Files;
use crate::load::Variables;
use crate::pipeline::{Job, Pipeline, ResolvedSource, Resource, Variable};
use crate::span::{FileId, SourceMap, Spanned};
use hcl_edit::structure::{Block, Body};
use jiff::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

pub(super) const GRAMMAR: Grammar = Grammar {
    blocks: &[
        "variable",
        "locals",
        "resource_type",
        "resource",
        "runner_type",
        "secret_type",
        "service_type",
        "job",
    ],
    later: &[
        "notification_type",
        "notification",
        "defaults",
        "module",
        "test",
        "moved",
        "worker_type",
        "import",
        "gate",
        "pipeline",
        "egress",
    ],
    ..Grammar::EMPTY
};

/// What reading a pipeline shares.
pub(crate) struct Context<'a> {
    pub(crate) sink: &'a Sink,
    pub(crate) sources: &'a SourceMap,
    pub(crate) files: &'a dyn Files,
    pub(crate) budget: &'a Budget,
    pub(crate) now: Timestamp,
    pub(crate) templates: &'a Cell<u32>,
    /// The texts of types that were taken from somewhere else, so far.
    pub(crate) resolved: &'a RefCell<Vec<ResolvedSource>>,
}

impl<'a> Context<'a> {
    /// The scope of expressions in a file.
    pub(crate) fn scope<'b>(&'b self, file: FileId, names: &'b dyn Names) -> Scope<'b> {
        Scope {
            file,
            names,
            files: self.files,
            budget: self.budget,
            now: self.now,
            templates: self.templates,
            bound: None,
        }
    }
}

/// The files of a pipeline, parsed.
pub(crate) type Parsed = [(FileId, Body)];

/// The pipeline that the files describe. What is wrong is reported; then it is incomplete.
pub(crate) fn read(name: &str, files: &Parsed, variables: &Variables, context: &Context<'_>) -> Pipeline {
    let given = vars_input::gather(variables, context);
    let declared: Vec<_> = blocks(files, "variable")
        .filter_map(|(file, block)| variable::read(file, block, &given, context))
        .collect();
    unique(
        "variable",
        declared.iter().map(|variable| (variable.name.value.clone(), &variable.name)),
        context,
    );
    variable::undeclared(&given, &declared, context);
    let values =
        declared.iter().map(|variable| (variable.name.value.clone(), variable.value.clone())).collect();
    let mut names = PipelineNames::new(context, values);
    for (file, block) in blocks(files, "locals") {
        names.add(file, block);
    }
    names.evaluate_all();
    for variable in &declared {
        variable::validate(variable, &names, context);
    }
    Reader { files, names: &names, context }.pipeline(name, declared)
}

/// The blocks of that name, in the order of the files.
fn blocks<'a>(files: &'a Parsed, name: &'static str) -> impl Iterator<Item = (FileId, &'a Block)> {
    files.iter().flat_map(move |(file, body)| body.get_blocks(name).map(|block| (*file, block)))
}

/// Reports names that are given to two things of one kind.
fn unique<'a>(kind: &str, names: impl Iterator<Item = (String, &'a Spanned<String>)>, context: &Context<'_>) {
    let mut seen = BTreeMap::new();
    for (key, name) in names {
        // Of instances all have the name of their block.
        if let Some(first) = seen.insert(key.clone(), name.span).filter(|first| *first != name.span) {
            let place = context.sources.place(first, name.span);
            let message = format!("there are two of {kind} `{key}`");
            let hint = place.map(|place| format!("the first stands on {place}"));
            context.sink.add(Report::error("twice", name.span, message).maybe_hint(hint));
        }
    }
}

/// The names that a resource takes: its own, and that of the block whose instance it is.
fn resource_names(resource: &Resource) -> impl Iterator<Item = (String, &Spanned<String>)> {
    let block = resource.instance_of.iter().map(|name| format!("{}.{name}", resource.type_name.value));
    block.chain([resource.full_name()]).map(|name| (name, &resource.name))
}

/// The names that a job takes: its own, and that of the block whose instance it is.
fn job_names(job: &Job) -> impl Iterator<Item = (String, &Spanned<String>)> {
    job.instance_of.iter().chain([&job.name.value]).map(|name| (name.clone(), &job.name))
}

struct Reader<'a> {
    files: &'a Parsed,
    names: &'a PipelineNames<'a>,
    context: &'a Context<'a>,
}

impl Reader<'_> {
    fn pipeline(&self, name: &str, declared: Vec<Declared<'_>>) -> Pipeline {
        self.check();
        let mut types = Types::default();
        for kind in Kind::ALL {
            self.each(kind.block(), |block, reading| types.declare(kind, block, reading, self.context));
        }
        let secrets = secret::read_all(&declared, self.names, &mut types, self.context);
        let (mut resources, mut jobs) = (Vec::new(), Vec::new());
        self.each("resource", |block, reading| resources.extend(self.resources(block, reading, &mut types)));
        self.each("job", |block, reading| {
            jobs.extend(job::read_all(block, reading, &mut types, self.context));
        });
        unique("resource", resources.iter().flat_map(resource_names), self.context);
        unique("job", jobs.iter().flat_map(job_names), self.context);
        passed::expand(&mut jobs);
        types.resolve_runners(&mut jobs, self.context);
        let given = declared.iter().filter_map(|each| Some((each.name.value.clone(), each.given_secret()?)));
        let given: BTreeMap<_, _> = given.collect();
        let mut variables: Vec<Variable> = declared.into_iter().map(|variable| variable.info).collect();
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        Pipeline {
            name: name.to_owned(),
            variables,
            secrets,
            given: given.into(),
            resource_types: known(types.resources),
            resources,
            runner_types: known(types.runners),
            secret_types: known(types.secrets),
            service_types: known(types.services),
            jobs,
            sources: self.context.resolved.borrow().clone(),
        }
    }

    /// Reports what stands at the top of a file and does not belong there.
    fn check(&self) {
        for (file, body) in self.files {
            let scope = self.context.scope(*file, self.names);
            Reading { body, what: "a pipeline", scope: &scope, sink: self.context.sink }.check(&GRAMMAR);
        }
    }

    /// Calls `visit` for each block of that name.
    fn each(&self, name: &'static str, mut visit: impl FnMut(&Block, &Reading<'_>)) {
        for (file, body) in self.files {
            let scope = self.context.scope(*file, self.names);
            let reading = Reading { body, what: "a pipeline", scope: &scope, sink: self.context.sink };
            body.get_blocks(name).for_each(|block| visit(block, &reading));
        }
    }

    fn resources(&self, block: &Block, reading: &Reading<'_>, types: &mut Types) -> Vec<Resource> {
        let Some(labels) = resource::labels(block, reading) else { return Vec::new() };
        let of = types.resource(&labels[0], self.context);
        resource::read_all(block, &labels, of, reading)
    }
}
