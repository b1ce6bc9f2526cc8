//! `POST /webhooks/{token}`: somebody says that a resource has something new.

use super::body::Raw;
use super::page::At;
use super::view::Poked;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use pikoci_protocol::server::{self, Answer, Request};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// `/webhooks/{token}`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TokenPath {
    /// The token that the resource shows. It is all that is asked for.
    token: String,
}

/// Looks for new versions of the resource that the token names. What is sent along is not read: what there is, the
/// check finds out. Of any number of requests at once only a few are made.
#[utoipa::path(post, path = "/webhooks/{token}", operation_id = "webhook", tag = "resources", params(TokenPath),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "Anything; ignored"),
    responses((status = 202, body = Poked, description = "The resource will be checked")))]
pub(super) async fn poke(
    State(app): State<App>,
    At(TokenPath { token }): At<TokenPath>,
    _ignored: Raw,
) -> Result<(StatusCode, Json<Poked>), Problem> {
    let resource = app.0.tokens.resource(&token).ok_or_else(Problem::webhook_not_found)?;
    let parts = Arc::clone(&app.0);
    let request = Request::Check { resource: resource.clone() };
    let make = || async move { parts.core.request(request).await };
    let (answer, is_new) = app.0.pokes.request(&resource, make).await;
    match answer {
        Ok(Answer::Checking { .. }) => {}
        Ok(_) | Err(server::Problem::NotFound) => {
            return Err(Problem::webhook_not_found());
        }
        Err(problem) => return Err(problem.into()),
    }
    let checks = if is_new { "requested" } else { "already requested" };
    Ok((StatusCode::ACCEPTED, Json(Poked { checks })))
}
