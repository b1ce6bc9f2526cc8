//! `POST /api/v1/builds/{id}/cancel`.

use super::{App, Problem, view};
use axum::Json;
use axum::extract::{Path, State};
use pikoci_plan::id::BuildId;
use pikoci_protocol::server::Request;
use serde_json::Value;

/// A second cancel skips the build's hooks.
pub(super) async fn cancel(State(app): State<App>, Path(id): Path<BuildId>) -> Result<Json<Value>, Problem> {
    let build = app.build(id.clone()).await?;
    if !build.status.is_final() {
        app.0
            .core
            .request(Request::Cancel { build: id.clone(), skip_hooks: build.cancel, by: "owner".into() })
            .await?;
    }
    Ok(Json(view::build(&app.build(id).await?)))
}
