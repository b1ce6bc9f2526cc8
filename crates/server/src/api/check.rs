//! `POST …/resources/{resource}/check`: looks for new versions now.

use super::names::ResourcePath;
use super::page::Asked;
use super::{App, Problem, view};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pikoci_protocol::server::{Answer, Request};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    wait: bool,
}

/// Asks for a check; with `wait=true` the answer comes when a check has ended that began after the request.
pub(super) async fn check(
    State(app): State<App>,
    Path(path): Path<ResourcePath>,
    Asked(Wait { wait }): Asked<Wait>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (pipeline, before) = app.resource(path.clone()).await?;
    let Some(check) = before.check else { return Err(Problem::has_no_check(&before.name)) };
    let mut ends = app.0.live.listen_check(&check);
    let request = Request::Check { resource: before.id.clone() };
    let Answer::Checking { check, number } = app.0.core.request(request).await? else {
        return Err(Problem::has_no_check(&before.name));
    };
    if !wait {
        let (_, resource) = app.resource(path).await?;
        return Ok((StatusCode::ACCEPTED, Json(json!({"resource": view::resource(&pipeline, &resource)}))));
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
    let new: Vec<_> = rows.iter().filter(|row| row.order > known).map(view::version).collect();
    let error = after.check_error.clone();
    let answer = json!({"resource": view::resource(&pipeline, &after), "new_versions": new, "error": error});
    Ok((StatusCode::OK, Json(answer)))
}
