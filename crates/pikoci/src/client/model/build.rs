//! Builds, their steps and logs.

use super::{Version, join};
use serde::Deserialize;

/// A build. Lists leave the steps out.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Build {
    pub(crate) id: String,
    /// `7`, and of a rerun `7.1`.
    pub(crate) number: String,
    pub(crate) team: String,
    pub(crate) pipeline: String,
    pub(crate) job: String,
    pub(crate) status: String,
    /// Whether it succeeded only because a failure in it is allowed.
    #[serde(default)]
    pub(crate) warning: bool,
    #[serde(default)]
    pub(crate) cancelling: bool,
    pub(crate) message: Option<String>,
    pub(crate) waiting_for: Option<String>,
    pub(crate) rerun_of: Option<String>,
    /// With how many workers it was lost.
    #[serde(default)]
    pub(crate) losses: u64,
    pub(crate) cause: Option<Cause>,
    #[serde(default)]
    pub(crate) created_at: String,
    pub(crate) started_at: Option<String>,
    pub(crate) duration_ms: Option<u64>,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    #[serde(default)]
    pub(crate) outputs: Vec<Output>,
}

/// Why a build was made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Cause {
    pub(crate) kind: String,
    pub(crate) detail: Option<String>,
    pub(crate) by: Option<String>,
}

/// A version that a put of it made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Output {
    pub(crate) resource: String,
    #[serde(flatten)]
    pub(crate) version: Version,
}

/// A step of a build.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Step {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) kind: String,
    /// How deep it stands in other steps.
    #[serde(default)]
    pub(crate) depth: u32,
    pub(crate) status: String,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) message: Option<String>,
    /// Whether it succeeded only because its failure is allowed.
    #[serde(default)]
    pub(crate) warning: bool,
}

/// A piece of a step's log.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LogPiece {
    pub(crate) step: u32,
    pub(crate) stream: String,
    pub(crate) text: Option<String>,
    pub(crate) base64: Option<String>,
}

impl Build {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("{}#{}", join(&self.team, &self.pipeline, &self.job), self.number)
    }

    /// The word of its state, *cancelling* (which is derived), or *warning* (which is a mark on *succeeded*).
    pub(crate) fn shown_status(&self) -> &str {
        match self.cancelling && !self.has_ended() {
            true => "cancelling",
            false => marked(&self.status, self.warning),
        }
    }

    /// Whether its state is final.
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.status.as_str(), "pending" | "running")
    }

    /// What it was made for: `git.app ref=3f2a…`, or `by hand`.
    pub(crate) fn cause_text(&self) -> String {
        let Some(cause) = &self.cause else { return "-".into() };
        let detail = cause.detail.as_deref().filter(|detail| !detail.is_empty());
        match (cause.kind.as_str(), detail.or(cause.by.as_deref())) {
            ("rerun", _) => {
                self.rerun_of.as_ref().map_or_else(|| "rerun".into(), |of| format!("rerun of #{of}"))
            }
            ("manual", None) => "by hand".into(),
            ("manual", Some(detail)) => format!("by hand, {detail}"),
            (kind, None) => kind.to_owned(),
            (_, Some(detail)) => detail.to_owned(),
        }
    }
}

impl Step {
    /// The word of its state, or *warning*, which is a mark on *succeeded*.
    pub(crate) fn shown_status(&self) -> &str {
        marked(&self.status, self.warning)
    }
}

fn marked(status: &str, warning: bool) -> &str {
    if warning && status == "succeeded" { "warning" } else { status }
}
