//! `GET /version`: which version this is.

use axum::Json;
use serde_json::{Value, json};

pub(super) async fn version() -> Json<Value> {
    Json(json!({"version": env!("CARGO_PKG_VERSION"), "schema": pikoci_store::SCHEMA}))
}
