//! `GET …/jobs/{job}/builds` and `…/builds/{number}`.

use super::names::JobPath;
use super::page::{self, Asked, Page};
use super::{App, Problem, view};
use axum::Json;
use axum::extract::{Path, State};
use pikoci_plan::status::Status;
use pikoci_store::read::BuildPage;
use serde::Deserialize;
use serde_json::Value;

pub(super) async fn list(
    State(app): State<App>,
    Path(path): Path<JobPath>,
    Asked(query): Asked<Page>,
) -> Result<Json<Value>, Problem> {
    let (_, job) = app.job(path).await?;
    let limit = query.limit();
    let status = query.status.as_deref().map(|word| {
        Status::parse(word).ok_or_else(|| Problem::invalid(format!("`{word}` is no state of a build")))
    });
    let wanted =
        BuildPage { before: query.after().map(Into::into), status: status.transpose()?, limit: limit + 1 };
    let builds = app.read(move |store| store.builds(&job.id, &wanted)).await?;
    Ok(page::list(builds, limit, |build| build.id.to_string(), view::brief))
}

/// `…/builds/{number}`.
#[derive(Deserialize)]
pub(super) struct BuildPath {
    #[serde(flatten)]
    job: JobPath,
    number: String,
}

pub(super) async fn by_number(
    State(app): State<App>,
    Path(path): Path<BuildPath>,
) -> Result<Json<Value>, Problem> {
    let missing = || Problem::build_not_found(&format!("{}#{}", path.job.job, path.number));
    let number = path.number.clone();
    let (_, job) = app.job(path.job.clone()).await?;
    let build = app.read(move |store| store.build_by_number(&job.id, &number)).await?;
    Ok(Json(view::build(&build.ok_or_else(missing)?)))
}
