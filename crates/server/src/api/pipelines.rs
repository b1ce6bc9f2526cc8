//! `GET …/pipelines` and `…/pipelines/{pipeline}`.

use super::names::{PipelinePath, TeamPath};
use super::page::{Asked, At, List};
use super::view::Pipeline;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which pipelines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Also those that are archived.
    #[serde(default)]
    #[param(default = false)]
    archived: bool,
}

/// The pipelines of a team, by name.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines", operation_id = "list_pipelines", tag = "pipelines",
    params(TeamPath, Which), responses((status = 200, body = List<Pipeline>, description = "The pipelines")))]
pub(super) async fn list(
    State(app): State<App>,
    At(TeamPath { team }): At<TeamPath>,
    Asked(Which { archived }): Asked<Which>,
) -> Result<Json<List<Pipeline>>, Problem> {
    let items = app.read(move |store| {
        let mut pipelines = store.pipelines(&team)?;
        if archived {
            pipelines.extend(store.archived_pipelines(&team)?);
            pipelines.sort_by(|one, other| one.name.cmp(&other.name));
        }
        pipelines.iter().map(|pipeline| Pipeline::read(store, pipeline)).collect()
    });
    Ok(Json(List::whole(items.await?)))
}

/// A pipeline.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}", operation_id = "get_pipeline",
    tag = "pipelines", params(PipelinePath),
    responses((status = 200, body = Pipeline, description = "The pipeline")))]
pub(super) async fn one(
    State(app): State<App>,
    At(path): At<PipelinePath>,
) -> Result<Json<Pipeline>, Problem> {
    let pipeline = app.pipeline(path).await?;
    Ok(Json(app.read(move |store| Pipeline::read(store, &pipeline)).await?))
}
