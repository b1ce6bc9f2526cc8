//! The newest version always makes a build in the end, however pauses, pins, `latest` and trouble were mixed: found out
//! beside the engine, for jobs where that is simple to say.

use crate::Broken;
use crate::model::{Get, Job, Pipeline};
use crate::world::World;

impl World {
    pub(super) fn check_newest(&mut self) -> Result<(), Broken> {
        for pipeline in self.pipelines.values().cloned().collect::<Vec<_>>() {
            for job in pipeline.jobs.iter().filter(|job| is_simple(job)) {
                self.check_newest_of(&pipeline, job)?;
            }
        }
        Ok(())
    }

    fn check_newest_of(&self, pipeline: &Pipeline, job: &Job) -> Result<(), Broken> {
        let id = pipeline.job_id(&job.name);
        let rests = "SELECT jobs.id FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id WHERE jobs.id = ?1 \
             AND (jobs.paused = 1 OR pipelines.paused = 1 OR EXISTS (SELECT 1 FROM job_inputs i JOIN resources r \
             ON r.id = i.resource_id WHERE i.job_id = ?1 AND r.pin_version_id IS NOT NULL))";
        let all_have = job.gets.iter().all(|get| !self.inspect(&allowed(pipeline, get), &[]).is_empty());
        if !all_have || !self.inspect(rests, &[id.as_str()]).is_empty() {
            return Ok(());
        }
        for get in job.gets.iter().filter(|get| get.trigger) {
            // The newest of each space that the job has not taken, nor anything newer there.
            let sql = format!(
                "SELECT v.data FROM versions v WHERE v.id IN ({}) AND NOT EXISTS (SELECT 1 FROM build_inputs i \
                 JOIN versions w ON w.id = i.version_id WHERE i.job_id = '{id}' AND w.resource_id = v.resource_id \
                 AND w.space = v.space AND w.place >= v.place)",
                allowed(pipeline, get)
            );
            if let Some(version) = self.inspect(&sql, &[]).pop() {
                return Err(Broken {
                    rule: "R1",
                    what: format!("{id} has no build for {version} at {}", get.name),
                });
            }
        }
        Ok(())
    }
}

/// Whether what it takes of one input does not depend on another.
fn is_simple(job: &Job) -> bool {
    let passed = job.gets.iter().filter(|get| !get.passed.is_empty());
    let alone = passed.clone().count() == 0
        || passed.count() == 1 && job.gets.iter().filter(|get| get.trigger).count() == 1;
    alone && !job.trusted_only && job.gets.iter().all(|get| get.pin.is_none())
}

/// The ids of the versions that an input may take.
fn allowed(pipeline: &Pipeline, get: &Get) -> String {
    let mut sql =
        format!("SELECT id FROM versions a WHERE resource_id = '{}'", pipeline.resource_id(&get.resource));
    for upstream in &get.passed {
        sql += &format!(
            " AND EXISTS (SELECT 1 FROM builds b WHERE b.job_id = '{}' AND b.status = 'succeeded' AND (EXISTS \
             (SELECT 1 FROM build_inputs i WHERE i.build_id = b.id AND i.version_id = a.id) OR EXISTS \
             (SELECT 1 FROM build_outputs o WHERE o.build_id = b.id AND o.version_id = a.id)))",
            pipeline.job_id(upstream)
        );
    }
    sql
}
