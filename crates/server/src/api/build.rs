//! `GET /api/v1/builds/{id}`.

use super::names::BuildIdPath;
use super::page::At;
use super::view::Build;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;

/// A build by its id.
#[utoipa::path(get, path = "/api/v1/builds/{id}", operation_id = "get_build", tag = "builds",
    params(BuildIdPath), responses((status = 200, body = Build, description = "The build")))]
pub(super) async fn one(
    State(app): State<App>,
    At(BuildIdPath { id }): At<BuildIdPath>,
) -> Result<Json<Build>, Problem> {
    let build = app.build(id.into()).await?;
    Ok(Json(Build::waiting(&build, &app.waits([&build]).await?)))
}
