//! `POST /api/v1/builds/{id}/cancel`.

use super::names::BuildIdPath;
use super::page::At;
use super::rights::Who;
use super::view::Build;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use pikoci_plan::id::BuildId;
use pikoci_protocol::server::Request;

/// Ends a build. A pending one at once; of a running one the processes are told to end, then its hooks run. A second
/// cancel skips the hooks. One that has ended does not change.
#[utoipa::path(post, path = "/api/v1/builds/{id}/cancel", operation_id = "cancel_build", tag = "builds",
    params(BuildIdPath), responses((status = 200, body = Build, description = "The build")))]
pub(super) async fn cancel(
    State(app): State<App>,
    who: Who,
    At(BuildIdPath { id }): At<BuildIdPath>,
) -> Result<Json<Build>, Problem> {
    let id = BuildId(id);
    let build = app.build(id.clone()).await?;
    if !build.status.is_final() {
        let by = who.name();
        app.0.core.request(Request::Cancel { build: id.clone(), skip_hooks: build.cancel, by }).await?;
    }
    Ok(Json(Build::from(&app.build(id).await?)))
}
