//! Names of what only the build knows.

use crate::schema::env_name;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name of something that only the build knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// `get.app.ref`: a key of the version that a `get` took; metadata with or without its underscore.
    Get {
        /// The name of the step.
        step: String,
        /// The key.
        key: String,
    },
    /// `task.bump.VERSION`: what a task wrote to `$PIKOCI_OUTPUT`.
    Task {
        /// The name of the step.
        step: String,
        /// The key.
        key: String,
    },
    /// `input.name`: what was asked for when the build was triggered.
    Input(String),
    /// `service.db.host`, `service.db.port`, `service.db.USER`.
    Service {
        /// The name of the service in its job.
        service: String,
        /// `host`, `port`, or a key.
        key: String,
    },
    /// `build.id`, `build.number`, `build.job`, `build.pipeline`, `build.team`, `build.url`, `build.status`.
    Build(String),
}

impl Reference {
    /// The variable of the environment that holds the same: `GET_APP_REF`.
    pub fn variable(&self) -> String {
        let of = |root: &str, name: &str, key: &str| {
            format!("{root}_{}_{}", env_name(name), env_name(key.trim_start_matches('_')))
        };
        match self {
            Self::Get { step, key } => of("GET", step, key),
            Self::Task { step, key } => of("TASK", step, key),
            Self::Service { service, key } => of("SERVICE", service, key),
            Self::Input(name) => format!("INPUT_{name}"),
            Self::Build(key) => match key.as_str() {
                "job" | "pipeline" | "team" => format!("BUILD_{}_NAME", env_name(key)),
                key => format!("BUILD_{}", env_name(key)),
            },
        }
    }
}

/// As it is written: `get.app.ref`, `get["a.b"].ref`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get { step, key } => write!(f, "get{}{}", Key(step), Key(key)),
            Self::Task { step, key } => write!(f, "task{}{}", Key(step), Key(key)),
            Self::Service { service, key } => write!(f, "service{}{}", Key(service), Key(key)),
            Self::Input(name) => write!(f, "input{}", Key(name)),
            Self::Build(key) => write!(f, "build{}", Key(key)),
        }
    }
}

/// A key behind a name: `.app` or `["a.b"]`.
struct Key<'a>(&'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let good = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        match self.0.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && self.0.chars().all(good)
        {
            true => write!(f, ".{}", self.0),
            false => write!(f, "[{:?}]", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_as_they_are_written_and_as_variables() {
        let get = |step: &str, key: &str| Reference::Get { step: step.to_owned(), key: key.to_owned() };
        let table = [
            (get("my-app", "ref"), "get.my-app.ref", "GET_MY_APP_REF"),
            (get("a.b", "_message"), "get[\"a.b\"]._message", "GET_A_B_MESSAGE"),
            (Reference::Build("team".to_owned()), "build.team", "BUILD_TEAM_NAME"),
            (Reference::Build("id".to_owned()), "build.id", "BUILD_ID"),
            (Reference::Input("Tag".to_owned()), "input.Tag", "INPUT_Tag"),
        ];
        for (reference, written, variable) in table {
            assert_eq!(reference.to_string(), written);
            assert_eq!(reference.variable(), variable);
        }
    }
}
