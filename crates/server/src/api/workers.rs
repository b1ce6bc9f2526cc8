//! `GET /api/v1/workers`.

use super::page::List;
use super::view::Worker;
use super::{App, Problem};
use crate::clock::now_ms;
use axum::Json;
use axum::extract::State;

/// For how long a worker is shown that is gone, in milliseconds.
const SHOWN_MS: u64 = 24 * 60 * 60 * 1000;

/// The workers: those that are there, and those that were within the last day.
#[utoipa::path(get, path = "/api/v1/workers", operation_id = "list_workers", tag = "server",
    responses((status = 200, body = List<Worker>, description = "The workers")))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<List<Worker>>, Problem> {
    let since = now_ms().saturating_sub(SHOWN_MS);
    let workers = app.read(move |store| store.workers(since)).await?;
    Ok(Json(List::whole(workers.iter().map(Worker::from).collect())))
}
