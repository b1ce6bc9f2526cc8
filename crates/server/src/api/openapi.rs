//! `GET /api/v1/openapi.json`: the description of this API.

use super::App;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "openapi", tag = "server",
    responses((status = 200, body = serde_json::Value, content_type = "application/json", description = "This")))]
pub(super) async fn openapi(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], app.description())
}
