//! `GET …/jobs/{job}/builds` and `…/builds/{number}`.

use super::names::{JobPath, NumberPath};
use super::page::{Asked, At, List, Page};
use super::view::{Brief, Build};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use pikoci_plan::id::BuildId;
use pikoci_plan::status::Status;
use pikoci_store::read::BuildPage;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which builds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those in this state.
    #[param(example = "failed")]
    status: Option<String>,
}

/// The builds of a job, newest first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds",
    operation_id = "list_builds", tag = "builds", params(JobPath, Page, Which),
    responses((status = 200, body = List<Brief>, description = "The builds")))]
pub(super) async fn list(
    State(app): State<App>,
    At(path): At<JobPath>,
    Asked(page): Asked<Page>,
    Asked(which): Asked<Which>,
) -> Result<Json<List<Brief>>, Problem> {
    let (_, job) = app.job(path).await?;
    let limit = page.limit()?;
    let status = which.status.as_deref().map(|word| {
        Status::parse(word).ok_or_else(|| Problem::invalid(format!("`{word}` is no state of a build")))
    });
    let wanted = BuildPage {
        before: page.after_id()?.map(BuildId::from),
        status: status.transpose()?,
        limit: limit + 1,
    };
    let builds = app.read(move |store| store.builds(&job.id, &wanted)).await?;
    let waits = app.waits(&builds).await?;
    let brief = |build: &_| Brief::waiting(build, &waits);
    Ok(Json(List::part(builds, limit, |build| build.id.to_string(), brief)))
}

/// A build by its number.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds/{number}",
    operation_id = "get_build_by_number", tag = "builds", params(NumberPath),
    responses((status = 200, body = Build, description = "The build")))]
pub(super) async fn by_number(
    State(app): State<App>,
    At(path): At<NumberPath>,
) -> Result<Json<Build>, Problem> {
    let missing = || Problem::build_not_found(&format!("{}#{}", path.job, path.number));
    let number = path.number.clone();
    let (_, job) = app.job(path.job_path()).await?;
    let build = app.read(move |store| store.build_by_number(&job.id, &number)).await?;
    let build = build.ok_or_else(missing)?;
    Ok(Json(Build::waiting(&build, &app.waits([&build]).await?)))
}
