//! What only one build knows. Together with the plan of its job it is all that an executor needs.

use crate::version::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The values of one build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildValues {
    /// `BUILD_ID`.
    pub id: String,
    /// `BUILD_NUMBER`: `7`; of a rerun `7.1`.
    pub number: String,
    /// `BUILD_TEAM_NAME`.
    pub team: String,
    /// `BUILD_URL`, empty where there is no server.
    pub url: String,
    /// The version that each `get` takes, by the name of the step.
    pub inputs: BTreeMap<String, Version>,
}

/// The values of one check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckValues {
    /// The newest version known, exported as `version_<key>`; `None` the first time.
    pub newest: Option<Version>,
}
