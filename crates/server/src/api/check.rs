//! `POST …/resources/{resource}/check`: looks for new versions now.

use super::names::ResourcePath;
use super::page::{Asked, At};
use super::view::{Checked, Requested, Resource, Version};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pikoci_protocol::server::{Answer, Request};
use serde::Deserialize;
use utoipa::IntoParams;

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wait {
    /// Whether to answer only when a check has ended that began after the request.
    #[serde(default)]
    #[param(default = false)]
    wait: bool,
}

/// Looks for new versions now.
#[utoipa::path(post, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}/check",
    operation_id = "check_resource", tag = "resources", params(ResourcePath, Wait), responses(
        (status = 202, body = Requested, description = "A check will be made"),
        (status = 200, body = Checked, description = "With `wait=true`: a check has ended"),
    ))]
pub(super) async fn check(
    State(app): State<App>,
    At(path): At<ResourcePath>,
    Asked(Wait { wait }): Asked<Wait>,
) -> Result<Response, Problem> {
    let (pipeline, before) = app.resource(path.clone()).await?;
    let Some(check) = before.check.filter(|_| !before.tick) else {
        return Err(Problem::has_no_check(&before.name, before.tick));
    };
    let mut ends = app.0.live.listen_check(&check);
    let request = Request::Check { resource: before.id.clone(), within_ms: 0 };
    let Answer::Checking { check, number } = app.0.core.request(request).await? else {
        return Err(Problem::has_no_check(&before.name, before.tick));
    };
    if !wait {
        let (_, resource) = app.resource(path).await?;
        let requested = Requested { resource: Resource::of(&pipeline, &resource) };
        return Ok((StatusCode::ACCEPTED, Json(requested)).into_response());
    }
    loop {
        ends.borrow_and_update();
        let check = check.clone();
        if app.read(move |store| store.check_has_ended(&check, number)).await? {
            break;
        }
        ends.changed().await.map_err(|_| Problem::unavailable("the server is stopping"))?;
    }
    // Who asks for a check wants to see the builds that it makes.
    app.0.core.request(Request::Settle).await?;
    let (_, after) = app.resource(path).await?;
    let known = before.newest.map_or(0, |newest| newest.order);
    let id = after.id.clone();
    let rows = app.read(move |store| store.versions(&id, None, 200)).await?;
    let new_versions =
        rows.iter().filter(|row| row.order > known).map(|row| Version::of(row, after.pin.as_ref())).collect();
    let error = after.check_error.clone();
    let checked = Checked { resource: Resource::of(&pipeline, &after), new_versions, error };
    Ok(Json(checked).into_response())
}
