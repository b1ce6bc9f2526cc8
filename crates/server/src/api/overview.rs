//! `GET /api/v1/status`: what one wants to see first.

use super::view::Overview;
use super::{App, Problem};
use axum::Json;
use axum::extract::State;

/// The most of each kind.
const MOST: usize = 100;

/// What one wants to see first: jobs that are red, checks that fail, what rests, waits and runs; at most 100 of each.
#[utoipa::path(get, path = "/api/v1/status", operation_id = "status", tag = "server",
    responses((status = 200, body = Overview, description = "What there is to see")))]
pub(super) async fn overview(State(app): State<App>) -> Result<Json<Overview>, Problem> {
    let seen = app.read(|store| store.overview(MOST)).await?;
    let waits = app.waits(&seen.waiting).await?;
    Ok(Json(Overview::of(&seen, &waits)))
}
