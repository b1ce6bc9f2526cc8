//! `GET …/jobs` and `…/jobs/{job}`.

use super::names::JobPath;
use super::{App, Problem, page, view};
use axum::Json;
use axum::extract::{Path, State};
use pikoci_store::read::{Build, Job};
use pikoci_store::{Store, StoreError};
use serde_json::Value;

pub(super) async fn list(
    State(app): State<App>,
    Path((team, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let pipeline = app.pipeline(team, name).await?;
    let items = app.read(move |store| {
        let jobs = store.jobs(&pipeline.id, None)?;
        jobs.iter().map(|job| Ok(view::job(&pipeline, job, last_build(store, job)?.as_ref()))).collect()
    });
    Ok(page::whole(items.await?))
}

pub(super) async fn one(State(app): State<App>, Path(path): Path<JobPath>) -> Result<Json<Value>, Problem> {
    let (pipeline, job) = app.job(path).await?;
    let view =
        app.read(move |store| Ok(view::job(&pipeline, &job, last_build(store, &job)?.as_ref()))).await?;
    Ok(Json(view))
}

fn last_build(store: &Store, job: &Job) -> Result<Option<Build>, StoreError> {
    job.last_build.as_ref().map_or(Ok(None), |id| store.build(id))
}
