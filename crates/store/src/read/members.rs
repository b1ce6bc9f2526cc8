//! The jobs and resources of a pipeline, by name.

use crate::db::values;
use crate::{Store, StoreError};
use pikoci_plan::id::{JobId, PipelineId, ResourceId};
use pikoci_plan::status::Status;

/// A job, as far as a pipeline names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobName {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// The state of its newest build.
    pub newest: Option<Status>,
}

/// A resource, as far as a pipeline names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceName {
    /// Its id.
    pub id: ResourceId,
    /// Its name, `type.name`.
    pub name: String,
}

impl Store {
    /// The jobs of a pipeline, in file order; none once it is archived.
    pub fn job_names(&self, pipeline: &PipelineId) -> Result<Vec<JobName>, StoreError> {
        self.reader().rows(
            "SELECT id, name, (SELECT status FROM builds WHERE builds.job_id = jobs.id \
             ORDER BY builds.number DESC, builds.rerun DESC LIMIT 1) \
             FROM jobs WHERE pipeline_id = ? AND active = 1 ORDER BY place",
            values![pipeline.as_str()],
            |row| {
                let newest = row.opt_text(2)?.as_deref().and_then(Status::parse);
                Ok(JobName { id: JobId(row.text(0)?), name: row.text(1)?, newest })
            },
        )
    }

    /// The resources of a pipeline, in file order; none once it is archived.
    pub fn resource_names(&self, pipeline: &PipelineId) -> Result<Vec<ResourceName>, StoreError> {
        self.reader().rows(
            "SELECT id, name FROM resources WHERE pipeline_id = ? AND active = 1 ORDER BY place",
            values![pipeline.as_str()],
            |row| Ok(ResourceName { id: ResourceId(row.text(0)?), name: row.text(1)? }),
        )
    }
}
