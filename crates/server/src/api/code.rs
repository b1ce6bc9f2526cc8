//! The codes of problems: stable words for programs, each with its HTTP status. `docs/reference/errors.md` has a row
//! for each.

use axum::http::StatusCode;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Code {
    InvalidRequest,
    MalformedJson,
    NotAuthenticated,
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    PipelineNotFound,
    JobNotFound,
    BuildNotFound,
    StepNotFound,
    ResourceNotFound,
    ResourceHasNoCheck,
    RangeNotSatisfiable,
    WebhookNotFound,
    TeamNotFound,
    RevisionNotFound,
    VersionNotFound,
    RerunDisabled,
    RevisionConflict,
    InvalidName,
    InvalidBundle,
    InvalidPipeline,
    SecretGiven,
    Unavailable,
}

impl Code {
    /// All of them, in the order of the documentation.
    #[cfg(test)]
    pub(super) const ALL: &[Self] = &[
        Self::InvalidRequest,
        Self::MalformedJson,
        Self::NotAuthenticated,
        Self::NotFound,
        Self::TeamNotFound,
        Self::PipelineNotFound,
        Self::RevisionNotFound,
        Self::JobNotFound,
        Self::BuildNotFound,
        Self::StepNotFound,
        Self::ResourceNotFound,
        Self::WebhookNotFound,
        Self::MethodNotAllowed,
        Self::ResourceHasNoCheck,
        Self::RerunDisabled,
        Self::RevisionConflict,
        Self::BodyTooLarge,
        Self::RangeNotSatisfiable,
        Self::VersionNotFound,
        Self::InvalidName,
        Self::InvalidBundle,
        Self::InvalidPipeline,
        Self::SecretGiven,
        Self::Unavailable,
    ];

    /// The word and its status.
    fn parts(self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST),
            Self::MalformedJson => ("malformed_json", StatusCode::BAD_REQUEST),
            Self::NotAuthenticated => ("not_authenticated", StatusCode::UNAUTHORIZED),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::BodyTooLarge => ("body_too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::PipelineNotFound => ("pipeline_not_found", StatusCode::NOT_FOUND),
            Self::JobNotFound => ("job_not_found", StatusCode::NOT_FOUND),
            Self::BuildNotFound => ("build_not_found", StatusCode::NOT_FOUND),
            Self::StepNotFound => ("step_not_found", StatusCode::NOT_FOUND),
            Self::ResourceNotFound => ("resource_not_found", StatusCode::NOT_FOUND),
            Self::ResourceHasNoCheck => ("resource_has_no_check", StatusCode::CONFLICT),
            Self::RangeNotSatisfiable => ("range_not_satisfiable", StatusCode::RANGE_NOT_SATISFIABLE),
            Self::WebhookNotFound => ("webhook_not_found", StatusCode::NOT_FOUND),
            Self::TeamNotFound => ("team_not_found", StatusCode::NOT_FOUND),
            Self::RevisionNotFound => ("revision_not_found", StatusCode::NOT_FOUND),
            Self::VersionNotFound => ("version_not_found", StatusCode::UNPROCESSABLE_ENTITY),
            Self::RerunDisabled => ("rerun_disabled", StatusCode::CONFLICT),
            Self::RevisionConflict => ("revision_conflict", StatusCode::PRECONDITION_FAILED),
            Self::InvalidName => ("invalid_name", StatusCode::UNPROCESSABLE_ENTITY),
            Self::InvalidBundle => ("invalid_bundle", StatusCode::UNPROCESSABLE_ENTITY),
            Self::InvalidPipeline => ("invalid_pipeline", StatusCode::UNPROCESSABLE_ENTITY),
            Self::SecretGiven => ("secret_given", StatusCode::UNPROCESSABLE_ENTITY),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// The word.
    pub(super) fn as_str(self) -> &'static str {
        self.parts().0
    }

    /// The HTTP status.
    pub(super) fn status(self) -> StatusCode {
        self.parts().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_stands_in_the_documentation_with_its_status() {
        let docs = include_str!("../../../../docs/reference/errors.md");
        let mut words = BTreeSet::new();
        for code in Code::ALL {
            let (word, status) = code.parts();
            assert!(words.insert(word), "{word} stands for two");
            let row = format!("| [`{word}`](#{word}) | {} |", status.as_u16());
            assert!(docs.contains(&row), "docs/reference/errors.md lacks the row\n{row}");
            assert!(docs.contains(&format!("\n## {word}\n")), "docs/reference/errors.md lacks ## {word}");
        }
    }
}
