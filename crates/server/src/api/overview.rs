//! `GET /api/v1/status`: what one wants to see first.

use super::view::{Overview, Pinned};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use pikoci_store::{Store, StoreError};

/// The most of each kind.
const MOST: usize = 100;
/// The team of all pipelines, as long as there is only one.
const TEAM: &str = "main";

/// What one wants to see first: jobs that are red, checks that fail, what rests or is held, waits and runs; at most 100 of each.
#[utoipa::path(get, path = "/api/v1/status", operation_id = "status", tag = "server",
    responses((status = 200, body = Overview, description = "What there is to see")))]
pub(super) async fn overview(State(app): State<App>) -> Result<Json<Overview>, Problem> {
    let seen = app.read(|store| store.overview(MOST)).await?;
    let pinned = app.read(pinned).await?;
    let waits = app.waits(&seen.waiting).await?;
    Ok(Json(Overview::of(&seen, &waits, pinned)))
}

/// Resources that are held back from what is newer.
fn pinned(store: &Store) -> Result<Vec<Pinned>, StoreError> {
    let mut all = Vec::new();
    for pipeline in store.pipelines(TEAM)? {
        let resources = store.resources(&pipeline.id, None)?;
        all.extend(resources.iter().filter_map(|resource| Pinned::of(&pipeline, resource)));
    }
    all.truncate(MOST);
    Ok(all)
}
