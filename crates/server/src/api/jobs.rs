//! `GET …/jobs` and `…/jobs/{job}`.

use super::names::{JobPath, PipelinePath};
use super::page::{At, List};
use super::{App, Problem, view};
use axum::Json;
use axum::extract::State;

/// The jobs of a pipeline, in the order of the file.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs", operation_id = "list_jobs",
    tag = "jobs", params(PipelinePath),
    responses((status = 200, body = List<view::Job>, description = "The jobs")))]
pub(super) async fn list(
    State(app): State<App>,
    At(path): At<PipelinePath>,
) -> Result<Json<List<view::Job>>, Problem> {
    let pipeline = app.pipeline(path).await?;
    let items = app.read(move |store| {
        let jobs = store.jobs(&pipeline.id, None)?;
        jobs.iter().map(|job| view::Job::read(store, &pipeline, job)).collect()
    });
    Ok(Json(List::whole(items.await?)))
}

/// A job with its newest build, why it does not run, and what a build by hand would take.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}", operation_id = "get_job",
    tag = "jobs", params(JobPath), responses((status = 200, body = view::Job, description = "The job")))]
pub(super) async fn one(State(app): State<App>, At(path): At<JobPath>) -> Result<Json<view::Job>, Problem> {
    let (pipeline, job) = app.job(path).await?;
    let facts = app.why(job.id.clone()).await?;
    let view = app.read(move |store| Ok(view::Job::read(store, &pipeline, &job)?.explained(&facts)));
    Ok(Json(view.await?))
}
