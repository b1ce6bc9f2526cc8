//! `PUT` and `DELETE …/resources/{resource}/pin`: a resource is held at a version.

use super::body::Sent;
use super::names::ResourcePath;
use super::page::At;
use super::rights::Who;
use super::view::Resource;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use pikoci_plan::id::ResourceId;
use pikoci_protocol::server::{self, Request};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a resource is to be held at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// Some keys of the version, and their values; the newest version that has them is meant.
    version: BTreeMap<String, String>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 1000)]
    comment: Option<String>,
}

/// The most characters of a comment.
const COMMENT_CHARACTERS: usize = 1000;

/// Holds a resource at a version: builds take no other.
#[utoipa::path(put, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}/pin",
    operation_id = "pin_resource", tag = "resources", params(ResourcePath), request_body = Wish,
    responses((status = 200, body = Resource, description = "The resource")))]
pub(super) async fn pin(
    State(app): State<App>,
    who: Who,
    At(path): At<ResourcePath>,
    Sent(Wish { version, comment }): Sent<Wish>,
) -> Result<Json<Resource>, Problem> {
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_CHARACTERS) {
        return Err(Problem::invalid(format!("a comment has at most {COMMENT_CHARACTERS} characters")));
    }
    let (_, resource) = app.resource(path.clone()).await?;
    let row = app.version(resource.id.clone(), &resource.name, version).await?;
    hold(&app, resource.id, Some(row), comment, who).await?;
    let (pipeline, resource) = app.resource(path).await?;
    Ok(Json(Resource::of(&pipeline, &resource)))
}

/// Lets a resource go: builds take its newest version again.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/pipelines/{pipeline}/resources/{resource}/pin",
    operation_id = "unpin_resource", tag = "resources", params(ResourcePath),
    responses((status = 204, description = "It is let go")))]
pub(super) async fn unpin(
    State(app): State<App>,
    who: Who,
    At(path): At<ResourcePath>,
) -> Result<StatusCode, Problem> {
    let (_, resource) = app.resource(path).await?;
    hold(&app, resource.id, None, None, who).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn hold(
    app: &App,
    resource: ResourceId,
    version: Option<String>,
    comment: Option<String>,
    who: Who,
) -> Result<(), Problem> {
    match app.0.core.request(Request::Pin { resource, version, comment, by: who.name() }).await {
        // It was there a moment ago: nothing changes.
        Ok(_) | Err(server::Problem::NotFound) => Ok(()),
        Err(problem) => Err(problem.into()),
    }
}
