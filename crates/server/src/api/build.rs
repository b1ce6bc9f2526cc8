//! `GET /api/v1/builds/{id}`.

use super::{App, Problem, view};
use axum::Json;
use axum::extract::{Path, State};
use pikoci_plan::id::BuildId;
use serde_json::Value;

pub(super) async fn one(State(app): State<App>, Path(id): Path<BuildId>) -> Result<Json<Value>, Problem> {
    Ok(Json(view::build(&app.build(id).await?)))
}
