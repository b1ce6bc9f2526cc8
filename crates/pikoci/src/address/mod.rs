//! Addresses: how a job, a build or a resource is named, the same in every command.
//!
//! | of a | written |
//! | --- | --- |
//! | job | `[team/]pipeline/job[--instance]` |
//! | build | the job's, and `#7`, `#7.1` (a rerun), `#last` or `#failed`; with `:step` for one step of it |
//! | resource | `[team/]pipeline/type.name` |
//! | version | the resource's, and `@c2`, `@ref=c2`: a value or the beginning of one, or JSON |
//! | pipeline | `[team/]pipeline` |
//!
//! The address that a browser or the API shows for the same thing is as good, and for a build its id.
//! Parts that can only mean one thing may be left out; [`crate::resolve`] finds them.
//!
//! Nothing here asks a server: text in, parts out.

mod url;

use std::fmt;
use std::str::FromStr;

/// Where a job or a resource is, as far as it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Of a pasted URL: its host and port, in lower case. It has to be the server that is asked.
    pub(crate) host: Option<String>,
    /// The team.
    pub(crate) team: Option<String>,
    /// The pipeline.
    pub(crate) pipeline: Option<String>,
}

/// A job; without a name it is the only one there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JobAddress {
    /// Where it is.
    pub(crate) place: Place,
    /// Its name, instance included.
    pub(crate) job: Option<String>,
}

/// Which build of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// That one: `7`, or `7.1` for its first rerun.
    Number(String),
    /// The newest.
    Last,
    /// The newest that failed.
    Failed,
}

/// A build, and perhaps a step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildAddress {
    /// The build.
    pub(crate) build: BuildName,
    /// The step, by its name or index.
    pub(crate) step: Option<String>,
}

/// The two ways to name a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BuildName {
    /// By its id.
    Id {
        /// Of a pasted URL: see [`Place::host`].
        host: Option<String>,
        /// The id.
        id: String,
    },
    /// By its job and number; without a number the command says what it takes.
    OfJob(JobAddress, Option<Which>),
}

/// A pipeline: `[team/]pipeline`, with or without a `/` at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PipelineAddress(pub(crate) Place);

/// A resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ResourceAddress {
    /// Where it is.
    pub(crate) place: Place,
    /// `type.name`; without it, it is the only one there.
    pub(crate) resource: Option<String>,
}

/// A resource, and perhaps which of its versions: what stands after `@`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionAddress {
    /// Whose version it is.
    pub(crate) resource: ResourceAddress,
    /// Some of the version.
    pub(crate) version: Option<String>,
}

/// What a list is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeAddress {
    /// A pipeline: `shop/`, or a URL.
    Pipeline(Place),
    /// A job.
    Job(JobAddress),
    /// A single word, which may be a pipeline or a job.
    Word(String),
}

impl ScopeAddress {
    /// Of a pasted URL: see [`Place::host`].
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Self::Pipeline(place) | Self::Job(JobAddress { place, .. }) => place.host.as_deref(),
            Self::Word(_) => None,
        }
    }
}

/// Why a text is no address. Its text is a sentence with what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddressError(String);

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddressError {}

/// An error with this text.
fn wrong<T>(text: impl Into<String>) -> Result<T, AddressError> {
    Err(AddressError(text.into()))
}

impl FromStr for JobAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if url::is_url(text) {
            return url::parse(text)?.into_job();
        }
        if text.contains('#') {
            return wrong("this names a build; a job is `pipeline/job`");
        }
        let (place, job) = split_path(text, "job")?;
        Ok(Self { place, job: Some(job) })
    }
}

impl FromStr for PipelineAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if url::is_url(text) {
            return match url::parse(text)?.into_scope()? {
                ScopeAddress::Pipeline(place) => Ok(Self(place)),
                _ => wrong("this URL leads to a job; a pipeline was expected"),
            };
        }
        let (place, name) = split_path(text.strip_suffix('/').unwrap_or(text), "pipeline")?;
        match place {
            Place { team: None, pipeline: team, .. } if !text.contains('#') => {
                Ok(Self(Place { host: None, team, pipeline: Some(name) }))
            }
            _ => wrong("a pipeline is `pipeline` or `team/pipeline`"),
        }
    }
}

impl FromStr for ResourceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if url::is_url(text) {
            return url::parse(text)?.into_resource();
        }
        let (place, resource) = split_path(text, "type.name")?;
        if resource.contains('@') {
            return wrong("this names a version; a resource is `type.name`");
        }
        if !resource.contains('.') {
            return wrong("a resource is `type.name`, e.g. `git.app` or `shop/git.app`");
        }
        Ok(Self { place, resource: Some(resource) })
    }
}

impl FromStr for VersionAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // The user of a URL is no version.
        let at = if url::is_url(text) { None } else { text.split_once('@') };
        match at {
            None => Ok(Self { resource: text.parse()?, version: None }),
            Some((_, "")) => wrong("the version is missing after `@`"),
            Some((resource, version)) => {
                Ok(Self { resource: resource.parse()?, version: Some(version.to_owned()) })
            }
        }
    }
}

impl FromStr for BuildAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if url::is_url(text) {
            return url::parse(text)?.into_build();
        }
        let Some((job, build)) = text.split_once('#') else {
            let (name, step) = split_step(text)?;
            let build = match is_id(name) {
                true => BuildName::Id { host: None, id: name.to_owned() },
                false => BuildName::OfJob(name.parse()?, None),
            };
            return Ok(Self { build, step });
        };
        let (which, step) = split_step(build)?;
        let job = if job.is_empty() { JobAddress::default() } else { job.parse()? };
        Ok(Self { build: BuildName::OfJob(job, Some(which.parse()?)), step })
    }
}

impl FromStr for Which {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let (number, rerun) = text.split_once('.').unwrap_or((text, "0"));
        match text {
            "last" => Ok(Self::Last),
            "failed" => Ok(Self::Failed),
            _ if digits(number) && digits(rerun) => Ok(Self::Number(text.to_owned())),
            _ => wrong(format!("`#{text}` is no build: write `#7`, `#7.1`, `#last` or `#failed`")),
        }
    }
}

impl FromStr for ScopeAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if url::is_url(text) {
            return url::parse(text)?.into_scope();
        }
        if text.ends_with('/') {
            return text.parse().map(|PipelineAddress(place)| Self::Pipeline(place));
        }
        match text.contains(['/', '#']) || text.is_empty() {
            true => Ok(Self::Job(text.parse()?)),
            false => Ok(Self::Word(text.to_owned())),
        }
    }
}

/// `[team/][pipeline/]name`, where `what` says what the name is.
fn split_path(text: &str, what: &str) -> Result<(Place, String), AddressError> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.iter().any(|part| part.is_empty() || part.chars().any(char::is_control)) {
        return wrong(format!(
            "a part is empty: write `{what}`, `pipeline/{what}` or `team/pipeline/{what}`"
        ));
    }
    let owned = |part: &str| Some(part.to_owned());
    let (team, pipeline, name) = match parts[..] {
        [name] => (None, None, name),
        [pipeline, name] => (None, owned(pipeline), name),
        [team, pipeline, name] => (owned(team), owned(pipeline), name),
        _ => return wrong(format!("too many parts: at most `team/pipeline/{what}`")),
    };
    Ok((Place { host: None, team, pipeline }, name.to_owned()))
}

/// Takes `:step` off the end.
fn split_step(text: &str) -> Result<(&str, Option<String>), AddressError> {
    match text.split_once(':') {
        None => Ok((text, None)),
        Some((_, "")) => wrong("the name of a step is missing after `:`"),
        Some((build, step)) => Ok((build, Some(step.to_owned()))),
    }
}

/// Whether it is the id of a build, a ULID: 26 characters of Crockford's base 32, in upper case.
fn is_id(text: &str) -> bool {
    let alphabet = |byte: u8| {
        byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U')
    };
    text.len() == 26 && text.bytes().all(alphabet) && text.as_bytes()[0] <= b'7'
}

#[cfg(test)]
mod tests;
