//! From an address with parts left out to the one thing that it can mean, or an error that lists what it
//! could mean. Pure, but for [`ask`]: the pipelines of the server in, a decision out.

pub(crate) mod ask;

use crate::address::{JobAddress, Place, ResourceAddress, ScopeAddress};
use crate::client::model::{Named, Pipeline};
use crate::client::path::segment;
use crate::failure::Failure;
use crate::suggest::{list, not_found};
use std::fmt;

/// The team that is not worth saying.
const MAIN: &str = "main";

/// A pipeline that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PipelineRef {
    pub(crate) team: String,
    pub(crate) name: String,
}

/// A job or resource that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberRef {
    pub(crate) kind: Kind,
    pub(crate) pipeline: PipelineRef,
    pub(crate) name: String,
}

/// What a pipeline has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Job,
    Resource,
}

/// What a list is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All jobs of some pipelines.
    Jobs(Vec<MemberRef>),
    /// One job.
    Job(MemberRef),
}

impl PipelineRef {
    /// Its path in the API.
    pub(crate) fn path(&self) -> String {
        format!("/api/v1/teams/{}/pipelines/{}", segment(&self.team), segment(&self.name))
    }
}

impl MemberRef {
    /// Its path in the API.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}s/{}", self.pipeline.path(), self.kind, segment(&self.name))
    }
}

impl fmt::Display for PipelineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.team.as_str() {
            MAIN => write!(f, "{}", self.name),
            team => write!(f, "{team}/{}", self.name),
        }
    }
}

impl fmt::Display for MemberRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pipeline, self.name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Job => "job",
            Self::Resource => "resource",
        })
    }
}

impl From<&Pipeline> for PipelineRef {
    fn from(pipeline: &Pipeline) -> Self {
        Self { team: pipeline.team.clone(), name: pipeline.name.clone() }
    }
}

/// The job that an address means.
///
/// # Errors
/// There is none, or it could mean several.
pub(crate) fn job(address: &JobAddress, pipelines: &[Pipeline]) -> Result<MemberRef, Failure> {
    member(Kind::Job, &address.place, address.job.as_deref(), pipelines)
}

/// The resource that an address means.
///
/// # Errors
/// There is none, or it could mean several.
pub(crate) fn resource(address: &ResourceAddress, pipelines: &[Pipeline]) -> Result<MemberRef, Failure> {
    member(Kind::Resource, &address.place, address.resource.as_deref(), pipelines)
}

/// What the address of a list means; without one it is everything.
///
/// # Errors
/// There is no such thing, or it could mean several.
pub(crate) fn scope(address: Option<&ScopeAddress>, pipelines: &[Pipeline]) -> Result<Scope, Failure> {
    match address {
        None => Ok(Scope::Jobs(members(Kind::Job, &Place::default(), None, pipelines))),
        Some(ScopeAddress::Pipeline(place)) => jobs_at(place, pipelines),
        Some(ScopeAddress::Job(address)) => Ok(Scope::Job(job(address, pipelines)?)),
        Some(ScopeAddress::Word(word)) => word_scope(word, pipelines),
    }
}

/// The pipeline of these, if it is only one.
///
/// # Errors
/// There are none, or several.
pub(crate) fn only_pipeline(mut found: Vec<PipelineRef>) -> Result<PipelineRef, Failure> {
    match found.len() {
        0 => Err(no_pipeline()),
        1 => Ok(found.remove(0)),
        _ => {
            let all = list(&found.iter().map(ToString::to_string).collect::<Vec<_>>());
            Err(Failure::bad_input("which pipeline? There are several").hint(format!("say which: {all}")))
        }
    }
}

/// All jobs at a place.
fn jobs_at(place: &Place, pipelines: &[Pipeline]) -> Result<Scope, Failure> {
    places(place, pipelines)?;
    Ok(Scope::Jobs(members(Kind::Job, place, None, pipelines)))
}

fn in_pipeline(name: &str) -> Place {
    Place { pipeline: Some(name.to_owned()), ..Place::default() }
}

/// A word alone is a pipeline or a job, whichever there is.
fn word_scope(word: &str, pipelines: &[Pipeline]) -> Result<Scope, Failure> {
    let address = JobAddress { place: Place::default(), job: Some(word.to_owned()) };
    let jobs = members(Kind::Job, &address.place, Some(word), pipelines);
    match (jobs_at(&in_pipeline(word), pipelines), jobs.is_empty()) {
        (Ok(found), true) => Ok(found),
        (Err(_), false) => Ok(Scope::Job(job(&address, pipelines)?)),
        (Ok(_), false) => {
            let jobs = list(&jobs.iter().map(ToString::to_string).collect::<Vec<_>>());
            Err(Failure::bad_input(format!("`{word}` is the name of a pipeline and of a job"))
                .hint(format!("write `{word}/` for the pipeline; for the job {jobs}")))
        }
        (Err(_), true) => {
            let mut names = names_of(Kind::Job, &Place::default(), pipelines);
            names.extend(pipelines.iter().map(|pipeline| pipeline.name.clone()));
            Err(not_found(format!("there is no pipeline or job `{word}`"), word, &names))
        }
    }
}

/// The pipelines at a place.
fn places(place: &Place, pipelines: &[Pipeline]) -> Result<Vec<PipelineRef>, Failure> {
    let found: Vec<_> =
        pipelines.iter().filter(|pipeline| is_at(pipeline, place)).map(PipelineRef::from).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<_> = pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
    let wanted = place.pipeline.as_deref().unwrap_or_default();
    Err(not_found(format!("there is no pipeline `{wanted}`"), wanted, &names))
}

fn is_at(pipeline: &Pipeline, place: &Place) -> bool {
    place.team.as_ref().is_none_or(|team| *team == pipeline.team)
        && place.pipeline.as_ref().is_none_or(|name| *name == pipeline.name)
}

/// The only member of that kind, place and name.
fn member(
    kind: Kind,
    place: &Place,
    name: Option<&str>,
    pipelines: &[Pipeline],
) -> Result<MemberRef, Failure> {
    let mut found = members(kind, place, name, pipelines);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(no_member(kind, place, name, pipelines)),
        _ => Err(ambiguous(kind, name, &found)),
    }
}

/// All members of that kind, place and name.
fn members(kind: Kind, place: &Place, name: Option<&str>, pipelines: &[Pipeline]) -> Vec<MemberRef> {
    let mut found = Vec::new();
    for pipeline in pipelines.iter().filter(|pipeline| is_at(pipeline, place)) {
        let names = kind.of(pipeline).iter().map(|member| &member.name);
        for member in names.filter(|member| name.is_none_or(|name| name == *member)) {
            found.push(MemberRef { kind, pipeline: pipeline.into(), name: member.clone() });
        }
    }
    found
}

impl Kind {
    fn of(self, pipeline: &Pipeline) -> &[Named] {
        match self {
            Self::Job => &pipeline.jobs,
            Self::Resource => &pipeline.resources,
        }
    }
}

fn names_of(kind: Kind, place: &Place, pipelines: &[Pipeline]) -> Vec<String> {
    members(kind, place, None, pipelines).into_iter().map(|member| member.name).collect()
}

fn no_member(kind: Kind, place: &Place, name: Option<&str>, pipelines: &[Pipeline]) -> Failure {
    if pipelines.is_empty() {
        return no_pipeline();
    }
    if let Err(failure) = places(place, pipelines) {
        return failure;
    }
    let inside = place.pipeline.as_ref().map(|name| format!(" in pipeline `{name}`")).unwrap_or_default();
    match name {
        None => Failure::bad_input(format!("there is no {kind}{inside}")),
        Some(name) => {
            let instances = instances(kind, place, name, pipelines);
            if !instances.is_empty() {
                return Failure::bad_input(format!("`{name}` is several {kind}s{inside}"))
                    .hint(format!("say which: {}", list(&instances)));
            }
            let names = names_of(kind, place, pipelines);
            not_found(format!("there is no {kind} `{name}`{inside}"), name, &names)
        }
    }
}

/// What `for_each` and `matrix` made of a block of that name.
fn instances(kind: Kind, place: &Place, name: &str, pipelines: &[Pipeline]) -> Vec<String> {
    let is_one = |member: &MemberRef| member.name.strip_prefix(name).is_some_and(|of| of.starts_with("--"));
    let members = members(kind, place, None, pipelines);
    members.into_iter().filter(is_one).map(|member| member.to_string()).collect()
}

fn no_pipeline() -> Failure {
    Failure::bad_input("this server has no pipeline").hint("set one with `pikoci pipeline set FILE`")
}

fn ambiguous(kind: Kind, name: Option<&str>, found: &[MemberRef]) -> Failure {
    let all = list(&found.iter().map(ToString::to_string).collect::<Vec<_>>());
    match name {
        Some(name) => Failure::bad_input(format!("`{name}` could be several {kind}s")),
        None => Failure::bad_input(format!("which {kind}? There are several")),
    }
    .hint(format!("say which: {all}"))
}

#[cfg(test)]
mod tests;
