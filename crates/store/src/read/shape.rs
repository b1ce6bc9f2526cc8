//! What a pipeline's current revision makes of jobs and resources: what another revision is compared with.

use crate::db::{Db, Row, values};
use crate::facts::info;
use crate::{Store, StoreError};
use pikoci_engine::facts::Interruptible;
use pikoci_plan::id::{JobId, PipelineId, ResourceId};
use std::collections::BTreeMap;

/// What a revision makes of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Its jobs, in file order.
    pub jobs: Vec<JobShape>,
    /// Its resources, in file order.
    pub resources: Vec<ResourceShape>,
}

/// What a revision makes of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobShape {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// What a worker must have.
    pub tags: Vec<String>,
    /// The serial groups that a running build of it holds; `team/x` is one of the whole team.
    pub serial_groups: Vec<String>,
    /// How many of its builds run at once; 0 is no limit.
    pub concurrency: u32,
    /// The name under which instances count together, and how many of their builds run at once.
    pub max_in_flight: Option<(String, u32)>,
    /// Whether a newer build cancels older ones.
    pub interruptible: Interruptible,
    /// Whether a build whose worker is lost is run again.
    pub retry: bool,
    /// Whether its builds cannot be run again by hand.
    pub no_rerun: bool,
    /// Whether versions from outside start none of its builds.
    pub trusted_only: bool,
    /// The hash of its plan.
    pub plan: String,
    /// Its gets, in written order.
    pub inputs: Vec<InputShape>,
}

/// What a revision makes of a get of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputShape {
    /// The name of the step.
    pub name: String,
    /// The resource, `type.name`.
    pub resource: String,
    /// Whether new versions start the job.
    pub trigger: bool,
    /// The jobs that a version must have passed.
    pub passed: Vec<String>,
    /// Whether of its versions only the newest counts.
    pub latest: bool,
    /// The keys that the version must have, where it is held at one in the text.
    pub pin: Option<BTreeMap<String, String>>,
}

/// What a revision makes of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceShape {
    /// Its id.
    pub id: ResourceId,
    /// Its name, `type.name`.
    pub name: String,
    /// What makes its check the one that it is; `None` without a check.
    pub check_key: Option<Vec<u8>>,
    /// When it is checked, as text of the language; empty without a check.
    pub schedule: String,
    /// The key of its versions that names their space.
    pub space: Option<String>,
    /// The key of its versions that says that they come from outside.
    pub untrusted: Option<String>,
}

impl Store {
    /// What the current revision makes of a pipeline; nothing, if it is archived.
    pub fn shape(&self, pipeline: &PipelineId) -> Result<Shape, StoreError> {
        self.reader().snapshot(|db| {
            let id = values![pipeline.as_str()];
            let jobs = format!("{JOB} WHERE pipeline_id = ? AND active = 1 ORDER BY place");
            let mut jobs = db.rows(&jobs, id, job)?;
            jobs.iter_mut().try_for_each(|job| inputs(db, job))?;
            let resources = db.rows(
                "SELECT resources.id, resources.name, checks.check_key, resources.schedule, resources.space_key, \
                 resources.untrusted_key FROM resources LEFT JOIN checks ON checks.id = resources.check_id \
                 WHERE resources.pipeline_id = ? AND resources.active = 1 ORDER BY resources.place",
                id,
                resource,
            )?;
            Ok(Shape { jobs, resources })
        })
    }

    /// What the current revision makes of one job.
    pub fn job_shape(&self, id: &JobId) -> Result<Option<JobShape>, StoreError> {
        let db = self.reader();
        let Some(mut job) = db.row(&format!("{JOB} WHERE id = ?"), values![id.as_str()], job)? else {
            return Ok(None);
        };
        inputs(&db, &mut job)?;
        Ok(Some(job))
    }
}

const JOB: &str =
    "SELECT id, name, tags, holds, places, interruptible, retry, no_rerun, trusted_only, plan FROM jobs";

fn job(row: &Row<'_>) -> Result<JobShape, StoreError> {
    let (holds, places): (Vec<String>, Vec<(String, u32)>) = (row.json(3)?, row.json(4)?);
    let own = places.iter().find(|(prefix, _)| prefix.starts_with("c:"));
    Ok(JobShape {
        id: JobId(row.text(0)?),
        name: row.text(1)?,
        tags: row.json(2)?,
        serial_groups: holds.iter().map(|key| group(key)).collect(),
        concurrency: own.map_or(0, |(_, limit)| *limit),
        max_in_flight: places.iter().find_map(|(prefix, limit)| Some((instances(prefix)?, *limit))),
        interruptible: info::interruptible(row.int(5)?),
        retry: row.flag(6)?,
        no_rerun: row.flag(7)?,
        trusted_only: row.flag(8)?,
        plan: row.text(9)?,
        inputs: Vec::new(),
    })
}

fn inputs(db: &Db, job: &mut JobShape) -> Result<(), StoreError> {
    job.inputs = db.rows(
        "SELECT job_inputs.name, resources.name, job_inputs.triggers, job_inputs.passed, job_inputs.latest, \
         job_inputs.pin FROM job_inputs JOIN resources ON resources.id = job_inputs.resource_id \
         WHERE job_inputs.job_id = ? ORDER BY job_inputs.place",
        values![job.id.as_str()],
        |row| {
            Ok(InputShape {
                name: row.text(0)?,
                resource: row.text(1)?,
                trigger: row.flag(2)?,
                passed: row.json(3)?,
                latest: row.flag(4)?,
                pin: row.opt_text(5)?.map(|_| row.json(5)).transpose()?,
            })
        },
    )?;
    Ok(())
}

fn resource(row: &Row<'_>) -> Result<ResourceShape, StoreError> {
    Ok(ResourceShape {
        id: ResourceId(row.text(0)?),
        name: row.text(1)?,
        check_key: row.opt_blob(2)?,
        schedule: row.text(3)?,
        space: row.opt_text(4)?,
        untrusted: row.opt_text(5)?,
    })
}

/// The name of a serial group by its key: `g:PIPELINE:NAME`, or `g:team:TEAM:NAME`.
fn group(key: &str) -> String {
    let key = key.strip_prefix("g:").unwrap_or(key);
    match key.strip_prefix("team:").and_then(|of_team| of_team.split_once(':')) {
        Some((_, name)) => format!("team/{name}"),
        None => key.split_once(':').map_or(key, |(_, name)| name).to_owned(),
    }
}

/// The name of instances by the prefix of their places: `m:PIPELINE:NAME:`.
fn instances(prefix: &str) -> Option<String> {
    let (_, name) = prefix.strip_prefix("m:")?.strip_suffix(':')?.split_once(':')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn groups_are_named_as_they_are_written() {
        for (key, name) in
            [("g:01P:deploy", "deploy"), ("g:01P:a b", "a b"), ("g:team:main:prod", "team/prod")]
        {
            assert_eq!(group(key), name);
        }
    }
}
