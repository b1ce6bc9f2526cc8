//! What a request names: its path and query; and lists: `limit`, `after`, `next`.

use super::Problem;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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

/// The names in a path; the same.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        path.map(|Path(path)| Self(path)).map_err(|error| Problem::invalid(error.body_text()))
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// How many items to show.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// Where to go on: what `next` of a list said.
    after: Option<String>,
}

impl Page {
    /// How many items to show.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(DEFAULT) {
            limit @ 1..=MOST => Ok(limit),
            limit => Err(Problem::invalid(format!("`limit` is 1 to {MOST}, not {limit}"))),
        }
    }

    /// The id that the cursor is.
    pub(super) fn after_id(&self) -> Result<Option<&str>, Problem> {
        match self.after.as_deref() {
            Some(id) if id.len() != 26 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(no_cursor())
            }
            id => Ok(id),
        }
    }

    /// The number that the cursor stands for.
    pub(super) fn before(&self) -> Result<Option<u64>, Problem> {
        let cursor = self.after.as_ref().map(|after| after.parse());
        cursor.transpose().map_err(|_| no_cursor())
    }
}

fn no_cursor() -> Problem {
    Problem::invalid("`after` takes what `next` of a list said")
}

/// A list, or a part of one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    items: Vec<T>,
    /// Where it goes on: give it as `after`. Null at the end.
    next: Option<String>,
}

impl<T> List<T> {
    /// A part of a list; `rows` holds one more than is shown if there are more.
    pub(super) fn part<R>(
        mut rows: Vec<R>,
        limit: usize,
        cursor: impl Fn(&R) -> String,
        view: impl Fn(&R) -> T,
    ) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { items: rows.iter().map(view).collect(), next }
    }

    /// A list that is always shown whole.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
