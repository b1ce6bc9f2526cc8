//! What went wrong, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) says it: a stable code for machines, a
//! sentence and a hint for people.

use super::code::Code;
use super::view::Diagnostic;
use crate::bundle::BundleError;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use pikoci_protocol::server;
use pikoci_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    code: Code,
    detail: String,
    hint: Option<String>,
    /// How long what was asked for a range of is.
    length: Option<u64>,
    /// The revision that there is.
    current: Option<u64>,
    diagnostics: Option<Vec<Diagnostic>>,
}

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct View {
    /// Where the documentation explains it.
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Which problem it is: a stable word for programs.
    code: &'static str,
    /// What happened, in a sentence for people.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hint: Option<String>,
    /// Of `revision_conflict`: the number of the revision that there is, 0 if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current: Option<u64>,
    /// Of `invalid_pipeline`: what is wrong, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    diagnostics: Option<Vec<Diagnostic>>,
}

impl Problem {
    fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail, hint: None, length: None, current: None, diagnostics: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What happened, in words.
    pub(super) fn into_detail(self) -> String {
        self.detail
    }

    pub(super) fn pipeline_not_found(name: &str) -> Self {
        Self::new(Code::PipelineNotFound, format!("there is no pipeline `{name}`"))
    }

    pub(super) fn job_not_found(pipeline: &str, name: &str) -> Self {
        let detail = format!("pipeline `{pipeline}` has no job `{name}`");
        Self::new(Code::JobNotFound, detail)
    }

    pub(super) fn build_not_found(what: &str) -> Self {
        Self::new(Code::BuildNotFound, format!("there is no build {what}"))
    }

    pub(super) fn resource_not_found(pipeline: &str, name: &str) -> Self {
        let detail = format!("pipeline `{pipeline}` has no resource `{name}`");
        Self::new(Code::ResourceNotFound, detail).hint("a resource's name is TYPE.NAME, such as git.app")
    }

    pub(super) fn step_not_found(name: &str, known: &[&str]) -> Self {
        Self::new(Code::StepNotFound, format!("the build has no step `{name}`"))
            .hint(format!("its steps are {}", known.join(", ")))
    }

    pub(super) fn no_such_page() -> Self {
        Self::new(Code::NotFound, "nothing is served at this address")
    }

    pub(super) fn no_such_method() -> Self {
        let detail = "this address does not take that method";
        Self::new(Code::MethodNotAllowed, detail)
    }

    pub(super) fn not_authenticated() -> Self {
        Self::new(Code::NotAuthenticated, "this needs a valid token").hint(
            "send `Authorization: Bearer TOKEN` with the token that the first start of the server printed",
        )
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// A body that is no JSON, or not the JSON that was expected.
    pub(super) fn malformed_json(detail: impl Into<String>) -> Self {
        Self::new(Code::MalformedJson, detail)
    }

    pub(super) fn body_too_large(limit: usize) -> Self {
        Self::new(Code::BodyTooLarge, format!("the body is over {} KiB", limit / 1024))
    }

    pub(super) fn webhook_not_found() -> Self {
        Self::new(Code::WebhookNotFound, "there is no webhook of that token")
            .hint("a resource's token is shown with the resource; it is another one in each ledger")
    }

    pub(super) fn invalid_bundle(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidBundle, detail)
    }

    pub(super) fn invalid_pipeline(detail: impl Into<String>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics: Some(diagnostics), ..Self::new(Code::InvalidPipeline, detail) }
    }

    pub(super) fn secret_given(detail: String) -> Self {
        Self::new(Code::SecretGiven, detail).hint(
            "give the variable a `secret` block that says where its value is, or start the server with the pipeline \
             (--pipeline-config) and the value (--var)",
        )
    }

    pub(super) fn team_not_found(name: &str) -> Self {
        Self::new(Code::TeamNotFound, format!("there is no team `{name}`")).hint("the only team is `main`")
    }

    pub(super) fn archived(name: &str) -> Self {
        Self::new(Code::PipelineNotFound, format!("pipeline `{name}` is archived"))
            .hint("setting it brings it back")
    }

    pub(super) fn revision_not_found(pipeline: &str, number: &str) -> Self {
        Self::new(Code::RevisionNotFound, format!("pipeline `{pipeline}` has no revision {number}"))
    }

    pub(super) fn version_not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::VersionNotFound, detail)
            .hint("a version is named by some of its keys, as its resource lists it")
    }

    pub(super) fn rerun_disabled(why: &str) -> Self {
        Self::new(Code::RerunDisabled, format!("the build cannot be run again: {why}"))
            .hint("trigger the job for a build with the newest versions")
    }

    /// Somebody else set the pipeline meanwhile.
    pub(super) fn revision_conflict(current: u64) -> Self {
        let detail = match current {
            0 => "there is no such pipeline (any more)".to_owned(),
            _ => format!("the pipeline is at revision {current} by now"),
        };
        let problem = Self::new(Code::RevisionConflict, detail);
        Self { current: Some(current), ..problem }
            .hint("look at what is there, and set it again on top of that")
    }

    pub(super) fn invalid_name(name: &str, why: &str) -> Self {
        Self::new(Code::InvalidName, format!("`{name}` is no name of a pipeline: it {why}"))
    }

    /// `ticks`: its versions are the instants of a schedule.
    pub(super) fn has_no_check(name: &str, ticks: bool) -> Self {
        Self::new(Code::ResourceHasNoCheck, format!("the type of `{name}` has no check")).hint(match ticks {
            true => "its versions come from its schedule; trigger the job for a build now",
            false => "its versions come from the builds that put it",
        })
    }

    pub(super) fn range_not_satisfiable(length: u64) -> Self {
        let detail = format!("the log has {length} bytes");
        let problem = Self::new(Code::RangeNotSatisfiable, detail);
        Self { length: Some(length), ..problem }
    }

    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, detail).hint("try again in a moment")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error.to_string())
    }
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Bundle(why) => Self::invalid_bundle(why),
            BundleError::Secrets { .. } => Self::secret_given(error.to_string()),
            BundleError::Invalid(ref diagnostics) => {
                Self::invalid_pipeline(error.to_string(), diagnostics.iter().map(Diagnostic::from).collect())
            }
        }
    }
}

impl From<server::Problem> for Problem {
    fn from(problem: server::Problem) -> Self {
        match problem {
            server::Problem::Unavailable(why) => Self::unavailable(why),
            server::Problem::Conflict(current) => Self::revision_conflict(current),
            server::Problem::NotAllowed(why) => Self::rerun_disabled(&why),
            server::Problem::NotFound => {
                Self::new(Code::NotFound, "what was asked for is not there any more")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, status) = (self.code.as_str(), self.code.status());
        let view = View {
            kind: format!("/docs/errors/{code}"),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: self.detail,
            hint: self.hint,
            current: self.current,
            diagnostics: self.diagnostics,
        };
        let mut response = (status, axum::Json(view)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(range) =
            self.length.and_then(|length| HeaderValue::try_from(format!("bytes */{length}")).ok())
        {
            headers.insert(header::CONTENT_RANGE, range);
        }
        match self.code {
            Code::NotAuthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Code::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
