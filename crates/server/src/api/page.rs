//! Lists: `limit`, `after`, `next`.

use super::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The most items of one answer.
const MOST: usize = 200;
const DEFAULT: usize = 50;

/// A query; one that cannot be read is a problem like all others.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|error| Problem::invalid(error.body_text()))
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
    /// Only builds in this state.
    pub(super) status: Option<String>,
}

impl Page {
    /// How many items to show.
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT).clamp(1, MOST)
    }

    /// The cursor: what `next` of a list said.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The number that the cursor stands for.
    pub(super) fn before(&self) -> Result<Option<u64>, Problem> {
        let cursor = self.after.as_ref().map(|after| after.parse());
        cursor.transpose().map_err(|_| Problem::invalid("`after` takes what `next` of a list said"))
    }
}

/// A list; `rows` holds one more than is shown if there are more.
pub(super) fn list<T>(
    mut rows: Vec<T>,
    limit: usize,
    cursor: impl Fn(&T) -> String,
    view: impl Fn(&T) -> Value,
) -> Json<Value> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    Json(json!({"items": rows.iter().map(view).collect::<Vec<_>>(), "next": next}))
}

/// A list that is always shown whole.
pub(super) fn whole(items: Vec<Value>) -> Json<Value> {
    Json(json!({"items": items, "next": null}))
}
