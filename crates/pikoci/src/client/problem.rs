//! What a server says when it says no: RFC 9457 problems.

use super::finding::Finding;
use serde::Deserialize;

/// A problem, as `application/problem+json` holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The stable code, which has a page in the documentation.
    pub(crate) code: Option<String>,
    /// The kind of problem, in words.
    pub(crate) title: Option<String>,
    /// This problem, in words.
    pub(crate) detail: Option<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// What is wrong with a pipeline.
    pub(crate) diagnostics: Vec<Finding>,
}

impl Problem {
    /// Reads an answer that is not a success. What is no problem document (from a proxy, say) is told by its
    /// status.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let problem: Self = serde_json::from_slice(body).unwrap_or_default();
        Self { status, ..problem }
    }

    /// What happened, without a full stop.
    pub(crate) fn what(&self) -> String {
        let said = self.detail.as_ref().or(self.title.as_ref());
        match said {
            Some(text) => crate::terminal::clean(text.trim_end_matches('.')).into_owned(),
            None => format!("the server answered with HTTP status {}", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_and_what_is_none() {
        let body =
            br#"{"type":"/docs/errors/job_not_found","title":"Not found","status":404,"code":"job_not_found",
            "detail":"there is no job `x`.","hint":"did you mean `y`?"}"#;
        let problem = Problem::read(404, body);
        assert_eq!(problem.what(), "there is no job `x`");
        assert_eq!(problem.code.as_deref(), Some("job_not_found"));
        assert_eq!(Problem::read(502, b"<html>").what(), "the server answered with HTTP status 502");
        assert_eq!(Problem::read(400, b"{\"title\":\"a\\u001b[2Jb\"}").what(), "a\u{fffd}[2Jb");
    }
}
