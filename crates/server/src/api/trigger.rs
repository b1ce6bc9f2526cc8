//! `POST …/jobs/{job}/builds` and `/builds/{id}/rerun`: builds by hand, each made once for one `Idempotency-Key`.

use super::body::Sent;
use super::names::{BuildIdPath, JobPath, ResourcePath};
use super::page::At;
use super::rights::Who;
use super::view::Build;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use pikoci_plan::id::{BuildId, JobId};
use pikoci_protocol::server::{self, Answer, Request};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most characters of a key, so that it fits the ledger's column.
const KEY_CHARACTERS: usize = 140;

/// What a build by hand is to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    /// By resource (`type.name`): some keys of the version that its gets are to take, and their values. The newest version
    /// that has them is taken, also one that has not passed what it would have to. Other gets take the newest that they may.
    #[serde(default)]
    versions: BTreeMap<String, BTreeMap<String, String>>,
}

/// Starts a build, which takes the newest versions, or those that are named. One `Idempotency-Key` makes one build of a job,
/// however often it is sent.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds",
    operation_id = "trigger_job", tag = "builds",
    params(JobPath, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 140,
        description = "Of requests with one key only the first makes a build")),
    request_body(content = Option<Trigger>, description = "Versions, if not the newest"),
    responses(
        (status = 201, body = Build, description = "The new build"),
        (status = 200, body = Build, description = "The build that this key made before"),
    ))]
pub(super) async fn trigger(
    State(app): State<App>,
    who: Who,
    At(path): At<JobPath>,
    headers: HeaderMap,
    Sent(Trigger { versions }): Sent<Trigger>,
) -> Result<(StatusCode, Json<Build>), Problem> {
    let key = key(&headers)?;
    let (job, versions) = match versions.is_empty() {
        true => (app.job_id(&path).await?, BTreeMap::new()),
        false => named(&app, &path, versions).await?,
    };
    // A job that was taken out of the pipeline since is not found by the core.
    let gone = |problem| match problem {
        server::Problem::NotFound => Problem::job_not_found(&path.pipeline, &path.job),
        other => other.into(),
    };
    let request = Request::Trigger { job, key, by: who.name(), versions };
    let answer = app.0.core.request(request).await.map_err(gone)?;
    triggered(&app, answer).await.unwrap_or_else(|| Err(Problem::job_not_found(&path.pipeline, &path.job)))
}

/// Makes a build anew with the versions of another. One `Idempotency-Key` makes one.
#[utoipa::path(post, path = "/api/v1/builds/{id}/rerun", operation_id = "rerun_build", tag = "builds",
    params(BuildIdPath, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 140,
        description = "Of requests with one key only the first makes a build")),
    responses(
        (status = 201, body = Build, description = "The new build"),
        (status = 200, body = Build, description = "The build that this key made before"),
    ))]
pub(super) async fn rerun(
    State(app): State<App>,
    who: Who,
    At(BuildIdPath { id }): At<BuildIdPath>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Build>), Problem> {
    let key = key(&headers)?;
    let build = BuildId(id);
    let of = app.build(build.clone()).await?;
    let gone = |problem| match problem {
        server::Problem::NotFound => Problem::job_not_found(&of.pipeline, &of.job),
        other => other.into(),
    };
    let request = Request::Rerun { build, key, by: who.name() };
    let answer = app.0.core.request(request).await.map_err(gone)?;
    triggered(&app, answer).await.unwrap_or_else(|| Err(Problem::job_not_found(&of.pipeline, &of.job)))
}

type Made = Result<(StatusCode, Json<Build>), Problem>;

async fn triggered(app: &App, answer: Answer) -> Option<Made> {
    let Answer::Triggered { build, created } = answer else { return None };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Some(shown(app, build).await.map(|build| (status, Json(build))))
}

async fn shown(app: &App, build: BuildId) -> Result<Build, Problem> {
    let build = app.build(build).await?;
    Ok(Build::waiting(&build, &app.waits([&build]).await?))
}

/// The job, and the rows of the versions that are named, by its inputs.
async fn named(
    app: &App,
    path: &JobPath,
    versions: BTreeMap<String, BTreeMap<String, String>>,
) -> Result<(JobId, BTreeMap<String, String>), Problem> {
    let (_, job) = app.job(path.clone()).await?;
    let mut rows = BTreeMap::new();
    for (resource, keys) in versions {
        let inputs: Vec<_> = job.inputs.iter().filter(|(_, gets, ..)| *gets == resource).collect();
        if inputs.is_empty() {
            return Err(Problem::version_not_found(format!("job `{}` gets no `{resource}`", path.job)));
        }
        let of_job = ResourcePath { team: path.team.clone(), pipeline: path.pipeline.clone(), resource };
        let (_, resource) = app.resource(of_job).await?;
        let row = app.version(resource.id, &resource.name, keys).await?;
        rows.extend(inputs.iter().map(|(name, ..)| (name.clone(), row.clone())));
    }
    Ok((job.id, rows))
}

/// The key, or one of our own: then each request makes a build.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(format!("{:032x}", rand::random::<u128>()));
    };
    let key = key.to_str().ok().filter(|key| (1..=KEY_CHARACTERS).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(|| {
        Problem::invalid(format!("`Idempotency-Key` takes 1 to {KEY_CHARACTERS} printable ASCII characters"))
    })
}
