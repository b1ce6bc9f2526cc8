//! `GET …/resources`, `…/resources/{resource}` and `…/versions`.

use super::names::ResourcePath;
use super::page::{self, Asked, Page};
use super::{App, Problem, view};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

pub(super) async fn list(
    State(app): State<App>,
    Path((team, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let pipeline = app.pipeline(team, name).await?;
    let id = pipeline.id.clone();
    let resources = app.read(move |store| store.resources(&id, None)).await?;
    Ok(page::whole(resources.iter().map(|resource| view::resource(&pipeline, resource)).collect()))
}

pub(super) async fn one(
    State(app): State<App>,
    Path(path): Path<ResourcePath>,
) -> Result<Json<Value>, Problem> {
    let (pipeline, resource) = app.resource(path).await?;
    Ok(Json(view::resource(&pipeline, &resource)))
}

pub(super) async fn versions(
    State(app): State<App>,
    Path(path): Path<ResourcePath>,
    Asked(query): Asked<Page>,
) -> Result<Json<Value>, Problem> {
    let (_, resource) = app.resource(path).await?;
    let (limit, before) = (query.limit(), query.before()?);
    let rows = app.read(move |store| store.versions(&resource.id, before, limit + 1)).await?;
    Ok(page::list(rows, limit, |row| row.order.to_string(), view::version))
}
