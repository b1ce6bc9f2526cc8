//! `GET …/jobs` and `…/jobs/{job}`.

use super::names::{JobPath, PipelinePath};
use super::page::{At, List};
use super::{App, Problem, view};
use crate::clock::now_ms;
use axum::Json;
use axum::extract::State;
use pikoci_engine::facts::Wanted;

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

/// A job with its newest build, and what a build by hand would take.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}", operation_id = "get_job",
    tag = "jobs", params(JobPath), responses((status = 200, body = view::Job, description = "The job")))]
pub(super) async fn one(State(app): State<App>, At(path): At<JobPath>) -> Result<Json<view::Job>, Problem> {
    let (pipeline, job) = app.job(path).await?;
    let view = app.read(move |store| {
        let view = view::Job::read(store, &pipeline, &job)?;
        let wanted = Wanted { jobs: vec![job.id.clone()], now_ms: now_ms(), ..Wanted::default() };
        let facts = store.facts(&wanted)?;
        Ok(match facts.jobs.get(&job.id) {
            Some(facts) => view.with_next(facts),
            None => view,
        })
    });
    Ok(Json(view.await?))
}
