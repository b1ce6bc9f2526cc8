//! Bodies of requests.

use super::Problem;
use super::rights::BODY_BYTES;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

/// The bytes of a body of at most `LIMIT`, to which the route's own limit is set.
pub(super) struct Raw<const LIMIT: usize = BODY_BYTES>(pub(super) Bytes);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for Raw<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::body_too_large(LIMIT))
            }
            Err(error) => Err(Problem::invalid(error.body_text())),
        }
    }
}

/// JSON, whatever the `Content-Type` says: there is nothing else that a body could be. An empty body, or
/// `null`, is the default.
pub(super) struct Sent<T, const LIMIT: usize = BODY_BYTES>(pub(super) T);

impl<T: DeserializeOwned + Default, S: Send + Sync, const LIMIT: usize> FromRequest<S> for Sent<T, LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::<LIMIT>::from_request(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let sent: Option<T> =
            serde_json::from_slice(&bytes).map_err(|error| Problem::malformed_json(error.to_string()))?;
        Ok(Self(sent.unwrap_or_default()))
    }
}
