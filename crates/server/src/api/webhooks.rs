//! `POST /webhooks/{token}`: somebody says that a resource has something new.

use super::body::Raw;
use super::page::At;
use super::view::Poked;
use super::{App, Problem};
use crate::burst::{self, Place};
use crate::core::complain;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use pikoci_plan::id::ResourceId;
use pikoci_protocol::server::{self, Answer, Request};
use serde::Deserialize;
use utoipa::IntoParams;

/// `/webhooks/{token}`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TokenPath {
    /// The token that the resource shows. It is all that is asked for.
    token: String,
}

/// Looks for new versions of the resource that the token names. What is sent along is not read: what there is, the
/// check finds out. Of any number of requests that follow each other closely two are made: the first at once, and one when
/// there has been silence for half a second.
#[utoipa::path(post, path = "/webhooks/{token}", operation_id = "webhook", tag = "resources", params(TokenPath),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "Anything; ignored"),
    responses((status = 202, body = Poked, description = "The resource will be checked")))]
pub(super) async fn poke(
    State(app): State<App>,
    At(TokenPath { token }): At<TokenPath>,
    _ignored: Raw,
) -> Result<(StatusCode, Json<Poked>), Problem> {
    let resource = app.0.tokens.resource(&token).ok_or_else(Problem::webhook_not_found)?;
    let (later, of) = (app.clone(), resource.clone());
    let place = app.0.bursts.place(&resource, move || async move { later.check_later(of).await });
    let (within_ms, checks) = match place {
        Place::First => (0, "requested"),
        // Of this one the ledger knows before it is answered: should the server be killed now, it is not lost.
        Place::Second => (burst::LONGEST.as_millis() as u64, "already requested"),
        Place::Later => return Ok((StatusCode::ACCEPTED, Json(Poked { checks: "already requested" }))),
    };
    match app.0.core.request(Request::Check { resource, within_ms }).await {
        Ok(Answer::Checking { .. }) => Ok((StatusCode::ACCEPTED, Json(Poked { checks }))),
        Ok(_) | Err(server::Problem::NotFound) => Err(Problem::webhook_not_found()),
        Err(problem) => Err(problem.into()),
    }
}

impl App {
    /// The check for all that came after the first of a burst.
    async fn check_later(&self, resource: ResourceId) {
        match self.0.core.request(Request::Check { resource, within_ms: 0 }).await {
            Ok(_) | Err(server::Problem::NotFound) => {}
            Err(problem) => complain(&format!(
                "a check that webhooks asked for could not be requested at once ({problem:?}); it is made later"
            )),
        }
    }
}
