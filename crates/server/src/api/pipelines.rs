//! `GET …/pipelines` and `…/pipelines/{pipeline}`.

use super::names::{PipelinePath, TeamPath};
use super::page::{At, List};
use super::view::Pipeline;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;

/// The pipelines of a team, by name.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines", operation_id = "list_pipelines", tag = "pipelines",
    params(TeamPath), responses((status = 200, body = List<Pipeline>, description = "The pipelines")))]
pub(super) async fn list(
    State(app): State<App>,
    At(TeamPath { team }): At<TeamPath>,
) -> Result<Json<List<Pipeline>>, Problem> {
    let pipelines = app.read(move |store| store.pipelines(&team)).await?;
    Ok(Json(List::whole(pipelines.iter().map(Pipeline::from).collect())))
}

/// A pipeline.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}", operation_id = "get_pipeline",
    tag = "pipelines", params(PipelinePath),
    responses((status = 200, body = Pipeline, description = "The pipeline")))]
pub(super) async fn one(
    State(app): State<App>,
    At(path): At<PipelinePath>,
) -> Result<Json<Pipeline>, Problem> {
    Ok(Json(Pipeline::from(&app.pipeline(path).await?)))
}
