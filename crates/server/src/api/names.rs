//! Names in a path become what they name.

use super::{App, Problem};
use pikoci_plan::id::{BuildId, JobId, ResourceId};
use pikoci_plan::version::Version;
use pikoci_store::read::{Build, Job, Pipeline, Resource, VersionPage, VersionRow};
use pikoci_store::{Store, StoreError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use utoipa::IntoParams;

/// A pipeline by name.
pub(super) fn pipeline(
    store: &Store,
    team: &str,
    name: &str,
) -> Result<Result<Pipeline, Problem>, StoreError> {
    Ok(store.pipeline(team, name)?.ok_or_else(|| Problem::pipeline_not_found(name)))
}

impl App {
    /// A pipeline.
    pub(super) async fn pipeline(&self, path: PipelinePath) -> Result<Pipeline, Problem> {
        self.read(move |store| pipeline(store, &path.team, &path.pipeline)).await?
    }

    /// A pipeline that is in use.
    pub(super) async fn living(&self, path: PipelinePath) -> Result<Pipeline, Problem> {
        let pipeline = self.pipeline(path).await?;
        if pipeline.archived_ms.is_some() { Err(Problem::archived(&pipeline.name)) } else { Ok(pipeline) }
    }

    /// The row of the newest version of a resource that has these keys; if there is none, of the only one whose values begin so.
    pub(super) async fn version(
        &self,
        resource: ResourceId,
        name: &str,
        keys: BTreeMap<String, String>,
    ) -> Result<String, Problem> {
        if keys.is_empty() {
            return Err(Problem::version_not_found(format!("no key of a version of `{name}` is named")));
        }
        let words: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let found = self.read(move |store| match store.find_version(&resource, &keys)? {
            Some(row) => Ok(vec![row]),
            None => beginning(store, &resource, &keys),
        });
        match found.await?.as_slice() {
            [row] => Ok(row.id.clone()),
            [] => Err(Problem::version_not_found(format!("`{name}` has no version {}", words.join(" ")))),
            several => {
                let candidates: Vec<_> = several.iter().map(|row| one_line(&row.version)).collect();
                let candidates = candidates.join(", ");
                let detail =
                    format!("{} could be several versions of `{name}`: {candidates}", words.join(" "));
                Err(Problem::version_not_found(detail))
            }
        }
    }

    /// A job and its pipeline.
    pub(super) async fn job(&self, path: JobPath) -> Result<(Pipeline, Job), Problem> {
        self.read(move |store| {
            let pipeline = match pipeline(store, &path.team, &path.pipeline)? {
                Ok(pipeline) => pipeline,
                Err(problem) => return Ok(Err(problem)),
            };
            let job = store.jobs(&pipeline.id, Some(&path.job))?.pop();
            Ok(match job {
                Some(job) => Ok((pipeline, job)),
                None => Err(Problem::job_not_found(&path.pipeline, &path.job)),
            })
        })
        .await?
    }

    /// The id of a job, from memory if it was named before.
    pub(super) async fn job_id(&self, path: &JobPath) -> Result<JobId, Problem> {
        let known = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let (_, job) = self.job(path.clone()).await?;
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), job.id.clone());
        Ok(job.id)
    }

    /// A resource and its pipeline.
    pub(super) async fn resource(&self, path: ResourcePath) -> Result<(Pipeline, Resource), Problem> {
        self.read(move |store| {
            let pipeline = match pipeline(store, &path.team, &path.pipeline)? {
                Ok(pipeline) => pipeline,
                Err(problem) => return Ok(Err(problem)),
            };
            let resource = store.resources(&pipeline.id, Some(&path.resource))?.pop();
            Ok(match resource {
                Some(resource) => Ok((pipeline, resource)),
                None => Err(Problem::resource_not_found(&path.pipeline, &path.resource)),
            })
        })
        .await?
    }

    /// A build by its id.
    pub(super) async fn build(&self, id: BuildId) -> Result<Build, Problem> {
        let name = id.to_string();
        self.read(move |store| store.build(&id)).await?.ok_or_else(|| Problem::build_not_found(&name))
    }
}

/// So many characters has the beginning of a value to have.
const SHORTEST: usize = 4;
/// So many of the versions that could be meant are named.
const CANDIDATES: usize = 5;
/// So many versions are read at once.
const STRIDE: usize = 200;

/// The newest versions whose values are these, or begin so; at most as many as are named.
fn beginning(
    store: &Store,
    resource: &ResourceId,
    keys: &BTreeMap<String, String>,
) -> Result<Vec<VersionRow>, StoreError> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < CANDIDATES {
        let rows = store.versions_of(resource, &VersionPage { space: None, before, limit: STRIDE })?;
        before = rows.last().map(|row| row.order);
        if before.is_none() {
            break;
        }
        found.extend(rows.into_iter().filter(|row| begins(&row.version, keys)));
    }
    found.truncate(CANDIDATES);
    Ok(found)
}

fn begins(version: &Version, keys: &BTreeMap<String, String>) -> bool {
    keys.iter().all(|(key, wanted)| {
        version.get(key).is_some_and(|has| {
            has == wanted || wanted.chars().count() >= SHORTEST && has.starts_with(wanted.as_str())
        })
    })
}

/// What identifies it.
fn one_line(version: &Version) -> String {
    let pairs: Vec<_> = version.identifying().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(" ")
}

/// `/teams/{team}/pipelines`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TeamPath {
    /// The team.
    #[param(example = "main")]
    pub(super) team: String,
}

/// `…/pipelines/{pipeline}`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PipelinePath {
    /// The team.
    #[param(example = "main")]
    pub(super) team: String,
    /// The pipeline.
    pub(super) pipeline: String,
}

/// `…/revisions/{number}`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct RevisionPath {
    /// The team.
    #[param(example = "main")]
    team: String,
    /// The pipeline.
    pub(super) pipeline: String,
    /// The number of the revision, from 1.
    #[param(example = "3")]
    pub(super) number: String,
}

impl RevisionPath {
    /// Its pipeline.
    pub(super) fn pipeline_path(&self) -> PipelinePath {
        PipelinePath { team: self.team.clone(), pipeline: self.pipeline.clone() }
    }
}

/// `…/jobs/{job}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct JobPath {
    /// The team.
    #[param(example = "main")]
    pub(super) team: String,
    /// The pipeline.
    pub(super) pipeline: String,
    /// The job.
    pub(super) job: String,
}

/// `…/jobs/{job}/builds/{number}`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NumberPath {
    /// The team.
    #[param(example = "main")]
    team: String,
    /// The pipeline.
    pipeline: String,
    /// The job.
    pub(super) job: String,
    /// The number of the build: `7`, of a rerun `7.1`.
    #[param(example = "7")]
    pub(super) number: String,
}

impl NumberPath {
    /// Its job.
    pub(super) fn job_path(&self) -> JobPath {
        JobPath { team: self.team.clone(), pipeline: self.pipeline.clone(), job: self.job.clone() }
    }
}

/// `…/resources/{resource}`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ResourcePath {
    /// The team.
    #[param(example = "main")]
    pub(super) team: String,
    /// The pipeline.
    pub(super) pipeline: String,
    /// The resource, `type.name`.
    #[param(example = "git.app")]
    pub(super) resource: String,
}

/// `/builds/{id}`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct BuildIdPath {
    /// The id of the build.
    pub(super) id: String,
}
