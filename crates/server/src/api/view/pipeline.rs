//! Pipelines.

use super::time::Time;
use pikoci_store::read;
use serde::Serialize;
use utoipa::ToSchema;

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Pipeline {
    /// Its id.
    id: String,
    /// The team.
    team: String,
    /// Its name.
    name: String,
    /// The number of its current revision, from 1.
    revision: u64,
    /// Its jobs, in the order of the file.
    jobs: Vec<String>,
    /// Its resources, `type.name`, in the order of the file.
    resources: Vec<String>,
    /// When it was first set.
    created_at: Option<Time>,
}

impl From<&read::Pipeline> for Pipeline {
    fn from(pipeline: &read::Pipeline) -> Self {
        Self {
            id: pipeline.id.to_string(),
            team: pipeline.team.clone(),
            name: pipeline.name.clone(),
            revision: pipeline.revision,
            jobs: pipeline.jobs.clone(),
            resources: pipeline.resources.clone(),
            created_at: Time::of(pipeline.created_ms),
        }
    }
}
