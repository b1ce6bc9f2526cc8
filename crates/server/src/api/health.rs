//! `/healthz`, `/readyz`, `/version`: for those who watch the server. None needs a token.

use super::{App, view};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use view::{Alive, Ready, ServerVersion};

/// The server is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "server",
    responses((status = 200, body = Alive, description = "It is")))]
pub(super) async fn health() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// The server can work: its ledger can be read, could be written when that was tried last, and it is not about to stop.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "server", responses(
    (status = 200, body = Ready, description = "It can"),
    (status = 503, body = Ready, description = "It cannot: `draining` or `unavailable`"),
))]
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let not = |status, reason: String| {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Ready { status, reason: Some(reason) }))
    };
    if app.is_draining() {
        return not("draining", "the server is about to stop".into());
    }
    if let Some(trouble) = app.0.core.trouble() {
        return not("unavailable", trouble);
    }
    match app.read(|store| store.meta("schema")).await {
        Ok(_) => (StatusCode::OK, Json(Ready { status: "ready", reason: None })),
        Err(problem) => not("unavailable", problem.into_detail()),
    }
}

/// Which version this is.
#[utoipa::path(get, path = "/version", operation_id = "version", tag = "server",
    responses((status = 200, body = ServerVersion, description = "The version")))]
pub(super) async fn version() -> Json<ServerVersion> {
    Json(ServerVersion { version: env!("CARGO_PKG_VERSION"), schema: pikoci_store::SCHEMA })
}
