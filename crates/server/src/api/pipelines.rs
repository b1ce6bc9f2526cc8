//! `GET …/pipelines` and `…/pipelines/{pipeline}`.

use super::{App, Problem, page, view};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

pub(super) async fn list(State(app): State<App>, Path(team): Path<String>) -> Result<Json<Value>, Problem> {
    let pipelines = app.read(move |store| store.pipelines(&team)).await?;
    Ok(page::whole(pipelines.iter().map(view::pipeline).collect()))
}

pub(super) async fn one(
    State(app): State<App>,
    Path((team, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(view::pipeline(&app.pipeline(team, name).await?)))
}
