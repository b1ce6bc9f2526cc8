//! Addresses that were pasted from a browser or from the API:
//! `http://host/…/teams/main/pipelines/shop/jobs/test/builds/7`.

use super::{AddressError, BuildAddress, BuildName, JobAddress, Place, ResourceAddress, ScopeAddress, Which};
use super::{is_id, wrong};
use percent_encoding::percent_decode_str;

/// Whether it looks like one.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// What a URL leads to.
#[derive(Debug, Default)]
pub(super) struct Link {
    place: Place,
    job: Option<String>,
    build: Option<String>,
    resource: Option<String>,
}

/// Reads a URL. What stands before `teams` (a prefix of a proxy, `/api/v1`) and after the parts that are
/// known (`/log`, a query) is passed over.
pub(super) fn parse(text: &str) -> Result<Link, AddressError> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split(['?', '#']).next().unwrap_or("");
    let parts: Vec<String> =
        path.split('/').filter(|part| !part.is_empty()).map(decode).collect::<Result<_, _>>()?;
    let mut link = Link {
        place: Place { host: Some(host.to_ascii_lowercase()), ..Place::default() },
        ..Link::default()
    };
    let start = parts.iter().position(|part| part == "teams" || part == "builds").unwrap_or(parts.len());
    for pair in parts[start..].chunks_exact(2) {
        let value = Some(pair[1].clone());
        match pair[0].as_str() {
            "teams" => link.place.team = value,
            "pipelines" => link.place.pipeline = value,
            "jobs" => link.job = value,
            "builds" => link.build = value,
            "resources" => link.resource = value,
            _ => break,
        }
    }
    match link.place.pipeline.is_some() || link.build.is_some() {
        true => Ok(link),
        false => wrong("this URL leads to no pipeline, job, build or resource"),
    }
}

/// One part of a path.
fn decode(part: &str) -> Result<String, AddressError> {
    match percent_decode_str(part).decode_utf8() {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text.into_owned()),
        _ => wrong(format!("`{part}` in this URL is no name")),
    }
}

impl Link {
    pub(super) fn into_job(self) -> Result<JobAddress, AddressError> {
        match self {
            Self { build: Some(_), .. } => wrong("this URL leads to a build; a job was expected"),
            Self { job: Some(_), .. } => Ok(JobAddress { place: self.place, job: self.job }),
            _ => wrong("this URL leads to no job"),
        }
    }

    pub(super) fn into_resource(self) -> Result<ResourceAddress, AddressError> {
        match self.resource {
            Some(_) => Ok(ResourceAddress { place: self.place, resource: self.resource }),
            None => wrong("this URL leads to no resource"),
        }
    }

    pub(super) fn into_build(self) -> Result<BuildAddress, AddressError> {
        let build = match self {
            Self { build: Some(id), job: None, place, .. } if is_id(&id) => {
                BuildName::Id { host: place.host, id }
            }
            Self { build: Some(number), job: Some(_), place, .. } => {
                let which: Which = number.parse()?;
                BuildName::OfJob(JobAddress { place, job: self.job }, Some(which))
            }
            Self { job: Some(_), place, .. } => BuildName::OfJob(JobAddress { place, job: self.job }, None),
            _ => return wrong("this URL leads to no build"),
        };
        Ok(BuildAddress { build, step: None })
    }

    pub(super) fn into_scope(self) -> Result<ScopeAddress, AddressError> {
        match self {
            Self { build: Some(_), .. } => wrong("this URL leads to a build; a pipeline or job was expected"),
            Self { job: Some(_), .. } => {
                Ok(ScopeAddress::Job(JobAddress { place: self.place, job: self.job }))
            }
            _ => Ok(ScopeAddress::Pipeline(self.place)),
        }
    }
}
