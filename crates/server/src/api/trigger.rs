//! `POST …/jobs/{job}/builds`: a build by hand, made once for one `Idempotency-Key`.

use super::names::JobPath;
use super::page::At;
use super::view::Build;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use pikoci_protocol::server::{self, Answer, Request};

/// The most characters of a key, so that it fits the ledger's column.
const KEY_CHARACTERS: usize = 180;

/// Starts a build, which takes the newest versions. One `Idempotency-Key` makes one build of a job, however often it is
/// sent.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds",
    operation_id = "trigger_job", tag = "builds",
    params(JobPath, ("Idempotency-Key" = Option<String>, Header, max_length = 180,
        description = "Of requests with one key only the first makes a build")),
    responses(
        (status = 201, body = Build, description = "The new build"),
        (status = 200, body = Build, description = "The build that this key made before"),
    ))]
pub(super) async fn trigger(
    State(app): State<App>,
    At(path): At<JobPath>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Build>), Problem> {
    let key = key(&headers)?;
    let job = app.job_id(&path).await?;
    // A job that was taken out of the pipeline since is not found by the core.
    let gone = |problem| match problem {
        server::Problem::NotFound => Problem::job_not_found(&path.pipeline, &path.job),
        other => other.into(),
    };
    let Answer::Triggered { build, created } = app
        .0
        .core
        .request(Request::Trigger { job, key, by: "owner".into(), versions: Default::default() })
        .await
        .map_err(gone)?
    else {
        return Err(Problem::job_not_found(&path.pipeline, &path.job));
    };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Build::from(&app.build(build).await?))))
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
