//! `POST …/pause` and `…/unpause` of pipelines and jobs.

use super::names::{JobPath, PipelinePath};
use super::page::At;
use super::rights::Who;
use super::{App, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use pikoci_engine::part::Paused;
use pikoci_protocol::server::{self, Request};

/// Lets a pipeline rest: what is pending stays so, what runs goes on. Of versions that come meanwhile only the newest count.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/pause", operation_id = "pause_pipeline",
    tag = "pipelines", params(PipelinePath), responses((status = 204, description = "It rests")))]
pub(super) async fn pipeline(
    State(app): State<App>,
    who: Who,
    At(path): At<PipelinePath>,
) -> Result<StatusCode, Problem> {
    let pipeline = app.living(path).await?;
    pause(&app, Paused::Pipeline(pipeline.id), true, who).await
}

/// Lets a pipeline go on.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/unpause",
    operation_id = "unpause_pipeline", tag = "pipelines", params(PipelinePath),
    responses((status = 204, description = "It goes on")))]
pub(super) async fn pipeline_on(
    State(app): State<App>,
    who: Who,
    At(path): At<PipelinePath>,
) -> Result<StatusCode, Problem> {
    let pipeline = app.living(path).await?;
    pause(&app, Paused::Pipeline(pipeline.id), false, who).await
}

/// Lets a job rest.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/pause",
    operation_id = "pause_job", tag = "jobs", params(JobPath), responses((status = 204, description = "It rests")))]
pub(super) async fn job(
    State(app): State<App>,
    who: Who,
    At(path): At<JobPath>,
) -> Result<StatusCode, Problem> {
    let (_, job) = app.job(path).await?;
    pause(&app, Paused::Job(job.id), true, who).await
}

/// Lets a job go on.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/unpause",
    operation_id = "unpause_job", tag = "jobs", params(JobPath),
    responses((status = 204, description = "It goes on")))]
pub(super) async fn job_on(
    State(app): State<App>,
    who: Who,
    At(path): At<JobPath>,
) -> Result<StatusCode, Problem> {
    let (_, job) = app.job(path).await?;
    pause(&app, Paused::Job(job.id), false, who).await
}

async fn pause(app: &App, of: Paused, paused: bool, who: Who) -> Result<StatusCode, Problem> {
    match app.0.core.request(Request::Pause { of, paused, by: who.name() }).await {
        // It was there a moment ago: it is so already.
        Ok(_) | Err(server::Problem::NotFound) => Ok(StatusCode::NO_CONTENT),
        Err(problem) => Err(problem.into()),
    }
}
