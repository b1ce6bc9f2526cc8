//! The objects of the API, as far as commands read them. Unknown fields are passed over: a newer server may
//! say more. `--output json` prints what the server said, not these.

use super::error::Error;
use super::http::read;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A list, or the part of it that was asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Page {
    /// The objects.
    pub(crate) items: Vec<Value>,
    /// Where it goes on.
    pub(crate) next: Option<String>,
}

impl Page {
    /// Its objects.
    ///
    /// # Errors
    /// One is not what it should be.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        self.items.into_iter().map(read).collect()
    }

    /// The list as the API would give it.
    pub(crate) fn into_json(self) -> Value {
        serde_json::json!({ "items": self.items, "next": self.next })
    }
}

/// A pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) team: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) jobs: Vec<String>,
    #[serde(default)]
    pub(crate) resources: Vec<String>,
}

/// A job.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Job {
    pub(crate) team: String,
    pub(crate) pipeline: String,
    pub(crate) name: String,
    pub(crate) last_build: Option<Build>,
    #[serde(default)]
    pub(crate) pending: u64,
    #[serde(default)]
    pub(crate) running: u64,
    pub(crate) note: Option<String>,
    #[serde(default)]
    pub(crate) inputs: Vec<JobInput>,
}

/// What a job gets.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobInput {
    pub(crate) resource: String,
    #[serde(default)]
    pub(crate) trigger: bool,
}

/// A build. Lists leave the steps out.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Build {
    pub(crate) id: String,
    pub(crate) number: u64,
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
    pub(crate) cause: Option<Cause>,
    #[serde(default)]
    pub(crate) created_at: String,
    pub(crate) duration_ms: Option<u64>,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// Why a build was made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Cause {
    pub(crate) kind: String,
    pub(crate) detail: Option<String>,
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

/// A resource.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Resource {
    pub(crate) team: String,
    pub(crate) pipeline: String,
    pub(crate) name: String,
    pub(crate) check_interval_ms: Option<u64>,
    #[serde(default)]
    pub(crate) checking: bool,
    pub(crate) last_checked_at: Option<String>,
    pub(crate) check_error: Option<String>,
    pub(crate) newest: Option<Version>,
}

/// A version of a resource.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Version {
    pub(crate) version: Map<String, Value>,
    #[serde(default)]
    pub(crate) metadata: Map<String, Value>,
}

/// What a check brought.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Checked {
    #[serde(default)]
    pub(crate) new_versions: Vec<Version>,
    pub(crate) error: Option<String>,
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
        match (cause.kind.as_str(), cause.detail.as_deref()) {
            ("manual", None | Some("")) => "by hand".into(),
            ("manual", Some(detail)) => format!("by hand, {detail}"),
            (kind, None | Some("")) => kind.to_owned(),
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

impl Job {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.name)
    }
}

impl Resource {
    /// Its address.
    pub(crate) fn address(&self) -> String {
        join(&self.team, &self.pipeline, &self.name)
    }
}

impl Version {
    /// Its keys and values on one line: `ref=3f2a…`.
    pub(crate) fn line(&self) -> String {
        let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs: Vec<String> =
            self.version.iter().map(|(key, item)| format!("{key}={}", value(item))).collect();
        pairs.join(" ")
    }

    /// The first line of its message.
    pub(crate) fn message(&self) -> Option<&str> {
        self.metadata.get("_message")?.as_str()?.lines().next()
    }
}

/// An address, without the team that is not worth saying.
fn join(team: &str, pipeline: &str, name: &str) -> String {
    match team {
        "main" => format!("{pipeline}/{name}"),
        team => format!("{team}/{pipeline}/{name}"),
    }
}
