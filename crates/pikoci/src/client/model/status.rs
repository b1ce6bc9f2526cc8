//! What to look at in the morning.

use crate::terminal::clean;
use serde::Deserialize;

/// All of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Status {
    /// Jobs whose newest build went wrong.
    pub(crate) red: Vec<Subject>,
    /// Builds that wait, and why.
    pub(crate) waiting: Vec<Subject>,
    /// Resources whose checks fail.
    pub(crate) failing_checks: Vec<Failing>,
    /// Pipelines and jobs that are paused.
    pub(crate) paused: Vec<Subject>,
    /// Builds that run.
    pub(crate) running: Vec<Subject>,
}

/// A job, a build of it, or a pipeline.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subject {
    /// `shop`.
    pub(crate) pipeline: Option<String>,
    /// `shop/test`.
    pub(crate) job: Option<String>,
    /// `7`.
    pub(crate) build: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) sentence: Option<String>,
}

/// A resource whose checks fail.
#[derive(Debug, Deserialize)]
pub(crate) struct Failing {
    /// `shop/git.app`.
    pub(crate) resource: String,
    #[serde(default)]
    pub(crate) error: String,
    pub(crate) since: Option<String>,
}

impl Subject {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        let name = self.job.as_ref().or(self.pipeline.as_ref()).map(|name| clean(name)).unwrap_or_default();
        let number = self.build.as_ref().map(|number| format!("#{}", clean(number))).unwrap_or_default();
        format!("{name}{number}")
    }
}
