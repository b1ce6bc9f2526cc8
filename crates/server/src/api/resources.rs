//! `GET …/resources`, `…/resources/{resource}` and `…/versions`.

use super::names::{PipelinePath, ResourcePath};
use super::page::{Asked, At, List, Page};
use super::rights::{Right, Who};
use super::view::{Resource, Version};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use pikoci_store::read::VersionPage;
use serde::Deserialize;
use utoipa::IntoParams;

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
    who: Who,
    At(path): At<ResourcePath>,
) -> Result<Json<Resource>, Problem> {
    let (pipeline, resource) = app.resource(path).await?;
    let view = Resource::of(&pipeline, &resource);
    // Whoever has the token may have the resource checked, from anywhere.
    Ok(Json(match who.may(Right::SetPipelines) {
        true => {
            view.with_token(app.0.tokens.token(&resource.id), app.0.external_url.get().map(String::as_str))
        }
        false => view,
    }))
}

/// Which versions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those of this line of work.
    space: Option<String>,
}

/// The versions of a resource, newest first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}/versions",
    operation_id = "list_versions", tag = "resources", params(ResourcePath, Page, Which),
    responses((status = 200, body = List<Version>, description = "The versions")))]
pub(super) async fn versions(
    State(app): State<App>,
    At(path): At<ResourcePath>,
    Asked(page): Asked<Page>,
    Asked(Which { space }): Asked<Which>,
) -> Result<Json<List<Version>>, Problem> {
    let (_, resource) = app.resource(path).await?;
    let limit = page.limit()?;
    let wanted = VersionPage { space, before: page.before()?, limit: limit + 1 };
    let id = resource.id.clone();
    let rows = app.read(move |store| store.versions_of(&id, &wanted)).await?;
    let pin = resource.pin.as_ref();
    Ok(Json(List::part(rows, limit, |row| row.order.to_string(), |row| Version::of(row, pin))))
}
