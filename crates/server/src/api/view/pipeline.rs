//! Pipelines and their revisions.

use super::time::Time;
use pikoci_plan::status::Status;
use pikoci_store::{Store, StoreError, read};
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
    /// Its jobs rest.
    paused: bool,
    /// It is out of use; its history stays.
    archived: bool,
    /// When it was archived.
    archived_at: Option<Time>,
    /// Who set its current revision.
    set_by: String,
    /// When that was.
    set_at: Option<Time>,
    /// When it was first set.
    created_at: Option<Time>,
    /// How many of its jobs have a newest build in each state.
    status: Counts,
    /// Its jobs, in the order of the file.
    jobs: Vec<Named>,
    /// Its resources, `type.name`, in the order of the file.
    resources: Vec<Named>,
}

/// How many jobs have a newest build in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusCounts)]
struct Counts {
    pending: u64,
    running: u64,
    succeeded: u64,
    failed: u64,
    errored: u64,
    cancelled: u64,
}

/// Something of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Named {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// A revision of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct Revision {
    /// Its number, from 1.
    number: u64,
    /// Who set it.
    set_by: String,
    /// When.
    set_at: Option<Time>,
    /// The texts of types that it took from elsewhere.
    sources: Vec<Source>,
}

/// A revision of a pipeline with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api) struct RevisionText {
    #[serde(flatten)]
    revision: Revision,
    /// Its text as it was set; of several files one after the other.
    source: String,
}

/// A text that a revision took from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Source {
    /// As it is written: `pikoci://git`, `types/deploy.hcl`, `https://…`.
    address: String,
    /// The SHA-256 of the text, in hexadecimal digits.
    sha256: String,
}

impl Pipeline {
    /// A pipeline with its members, as the ledger has them.
    pub(in crate::api) fn read(store: &Store, pipeline: &read::Pipeline) -> Result<Self, StoreError> {
        Ok(Self::of(pipeline, &store.job_names(&pipeline.id)?, &store.resource_names(&pipeline.id)?))
    }

    fn of(pipeline: &read::Pipeline, jobs: &[read::JobName], resources: &[read::ResourceName]) -> Self {
        let newest = jobs.iter().filter_map(|job| job.newest);
        let status = Counts::of(newest);
        let jobs = jobs.iter().map(|job| Named { id: job.id.to_string(), name: job.name.clone() });
        let resources = resources.iter().map(|one| Named { id: one.id.to_string(), name: one.name.clone() });
        Self {
            id: pipeline.id.to_string(),
            team: pipeline.team.clone(),
            name: pipeline.name.clone(),
            revision: pipeline.revision,
            paused: pipeline.paused,
            archived: pipeline.archived_ms.is_some(),
            archived_at: Time::of(pipeline.archived_ms),
            set_by: pipeline.set_by.clone(),
            set_at: Time::of(pipeline.set_ms),
            created_at: Time::of(pipeline.created_ms),
            status,
            jobs: jobs.collect(),
            resources: resources.collect(),
        }
    }
}

impl Counts {
    fn of(newest: impl Iterator<Item = Status>) -> Self {
        newest.fold(Self::default(), |mut counts, status| {
            let count = match status {
                Status::Pending => Some(&mut counts.pending),
                Status::Running => Some(&mut counts.running),
                Status::Succeeded => Some(&mut counts.succeeded),
                Status::Failed => Some(&mut counts.failed),
                Status::Errored => Some(&mut counts.errored),
                Status::Cancelled => Some(&mut counts.cancelled),
                Status::Skipped => None,
            };
            count.into_iter().for_each(|count| *count += 1);
            counts
        })
    }
}

impl From<&read::Revision> for Revision {
    fn from(revision: &read::Revision) -> Self {
        let sources = revision.sources.iter().cloned();
        Self {
            number: revision.number,
            set_by: revision.by.clone(),
            set_at: Time::of(revision.created_ms),
            sources: sources.map(|(address, sha256)| Source { address, sha256 }).collect(),
        }
    }
}

impl RevisionText {
    /// A revision and its text.
    pub(in crate::api) fn of(revision: &read::Revision, source: String) -> Self {
        Self { revision: revision.into(), source }
    }
}
