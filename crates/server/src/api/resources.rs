//! `GET …/resources`, `…/resources/{resource}` and `…/versions`.

use super::names::{PipelinePath, ResourcePath};
use super::page::{Asked, At, List, Page};
use super::view::{Resource, Version};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;

/// The resources of a pipeline, in the order of the file.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources",
    operation_id = "list_resources", tag = "resources", params(PipelinePath),
    responses((status = 200, body = List<Resource>, description = "The resources")))]
pub(super) async fn list(
    State(app): State<App>,
    At(path): At<PipelinePath>,
) -> Result<Json<List<Resource>>, Problem> {
    let pipeline = app.pipeline(path).await?;
    let id = pipeline.id.clone();
    let resources = app.read(move |store| store.resources(&id, None)).await?;
    Ok(Json(List::whole(resources.iter().map(|resource| Resource::of(&pipeline, resource)).collect())))
}

/// A resource.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}",
    operation_id = "get_resource", tag = "resources", params(ResourcePath),
    responses((status = 200, body = Resource, description = "The resource")))]
pub(super) async fn one(
    State(app): State<App>,
    At(path): At<ResourcePath>,
) -> Result<Json<Resource>, Problem> {
    let (pipeline, resource) = app.resource(path).await?;
    Ok(Json(Resource::of(&pipeline, &resource)))
}

/// The versions of a resource, newest first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}/versions",
    operation_id = "list_versions", tag = "resources", params(ResourcePath, Page),
    responses((status = 200, body = List<Version>, description = "The versions")))]
pub(super) async fn versions(
    State(app): State<App>,
    At(path): At<ResourcePath>,
    Asked(page): Asked<Page>,
) -> Result<Json<List<Version>>, Problem> {
    let (_, resource) = app.resource(path).await?;
    let (limit, before) = (page.limit(), page.before()?);
    let rows = app.read(move |store| store.versions(&resource.id, before, limit + 1)).await?;
    Ok(Json(List::part(rows, limit, |row| row.order, |row| row.into())))
}
