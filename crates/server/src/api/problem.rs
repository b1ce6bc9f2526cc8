//! What went wrong, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) says it: a stable code for machines, a
//! sentence and a hint for people.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pikoci_protocol::server;
use pikoci_store::StoreError;
use serde_json::json;

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: Option<String>,
    /// How long what was asked for a range of is.
    length: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), hint: None, length: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn pipeline_not_found(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "pipeline_not_found", format!("there is no pipeline `{name}`"))
    }

    pub(super) fn job_not_found(pipeline: &str, name: &str) -> Self {
        let detail = format!("pipeline `{pipeline}` has no job `{name}`");
        Self::new(StatusCode::NOT_FOUND, "job_not_found", detail)
    }

    pub(super) fn build_not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "build_not_found", format!("there is no build {what}"))
    }

    pub(super) fn resource_not_found(pipeline: &str, name: &str) -> Self {
        let detail = format!("pipeline `{pipeline}` has no resource `{name}`");
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", detail)
            .hint("a resource's name is TYPE.NAME, such as git.app")
    }

    pub(super) fn step_not_found(name: &str, known: &[&str]) -> Self {
        Self::new(StatusCode::NOT_FOUND, "step_not_found", format!("the build has no step `{name}`"))
            .hint(format!("its steps are {}", known.join(", ")))
    }

    pub(super) fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "nothing is served at this address")
    }

    pub(super) fn no_such_method() -> Self {
        let detail = "this address does not take that method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    pub(super) fn not_authenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", "this needs a valid token").hint(
            "send `Authorization: Bearer TOKEN` with the token that the first start of the server printed",
        )
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    pub(super) fn has_no_check(name: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "resource_has_no_check", format!("the type of `{name}` has no check"))
            .hint("its versions come from the builds that put it")
    }

    pub(super) fn range_not_satisfiable(length: u64) -> Self {
        let detail = format!("the log has {length} bytes");
        let problem = Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", detail);
        Self { length: Some(length), ..problem }
    }

    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).hint("try again in a moment")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error.to_string())
    }
}

impl From<server::Problem> for Problem {
    fn from(problem: server::Problem) -> Self {
        match problem {
            server::Problem::Unavailable(why) => Self::unavailable(why),
            server::Problem::NotFound | server::Problem::NotAllowed(_) | server::Problem::Conflict(_) => {
                Self::new(StatusCode::NOT_FOUND, "not_found", "what was asked for is not there any more")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("/docs/errors/{}", self.code),
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Some(hint) = self.hint {
            body["hint"] = hint.into();
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(range) =
            self.length.and_then(|length| HeaderValue::try_from(format!("bytes */{length}")).ok())
        {
            headers.insert(header::CONTENT_RANGE, range);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
