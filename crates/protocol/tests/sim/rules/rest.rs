//! What must hold once all is well again and nothing is left to be done.

use crate::Broken;
use crate::model::{Kind, Pipeline};
use crate::outside::number;
use crate::world::World;
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_plan::status::{Outcome, Status};
use pikoci_plan::version::Version;
use pikoci_protocol::server::Request;

/// Who is left over at rest: nobody may be.
const AT_REST: [(&str, &str, &str); 5] = [
    ("R3", "a build still runs", "SELECT id FROM builds WHERE status = 'running'"),
    ("R3", "a check still runs", "SELECT id FROM checks WHERE running = 1"),
    (
        "due",
        "a job has not decided",
        "SELECT jobs.id FROM jobs JOIN pipelines ON pipelines.id = jobs.pipeline_id \
         WHERE jobs.active = 1 AND archived_ms IS NULL AND decided < changes",
    ),
    ("R2", "an attempt is not released", "SELECT id FROM attempts WHERE released = 0"),
    ("hold", "a hold is left", "SELECT hold_key FROM holds"),
];

/// Pending builds of jobs that are not paused, with what a worker must have for them.
const PENDING: &str = "SELECT builds.id || ' ' || builds.ready || ' ' || jobs.tags FROM builds \
     JOIN jobs ON jobs.id = builds.job_id JOIN pipelines ON pipelines.id = jobs.pipeline_id \
     WHERE builds.status = 'pending' AND jobs.paused = 0 AND pipelines.paused = 0";

impl World {
    /// Schedules rest, and what was due by a wrong clock is looked at now.
    pub(crate) fn calm(&mut self) {
        self.rules.calm = true;
        for mut pipeline in self.pipelines.values().cloned().collect::<Vec<_>>() {
            let crons = pipeline.resources.iter_mut().filter(|of| matches!(of.kind, Kind::Cron(_)));
            if crons.map(|cron| cron.kind = Kind::Cron(100_000_000)).count() > 0 {
                self.set(0, &pipeline, None);
            }
            if self.rules.clocks_were_wrong {
                let checked = pipeline.resources.iter().filter(|of| matches!(of.kind, Kind::Checked(_)));
                for resource in checked {
                    let resource = pipeline.resource_id(&resource.name);
                    self.ask(0, Request::Check { resource, within_ms: 0 }, u32::MAX);
                }
            }
        }
    }

    /// Whether nothing is left to be done.
    pub(crate) fn check_rest(&mut self) -> Result<(), Broken> {
        for (rule, what, sql) in AT_REST {
            if let Some(whom) = self.inspect(sql, &[]).pop() {
                return Err(Broken { rule, what: format!("{what}: {whom}") });
            }
        }
        for row in self.inspect(PENDING, &[]) {
            self.check_pending(&row)?;
        }
        self.check_outside()?;
        let stuck = |what| Broken { rule: "R3", what };
        self.hosts.iter().try_for_each(crate::host::Host::at_rest).map_err(stuck)?;
        self.client_rests().map_err(stuck)
    }

    /// A pending build waits for a worker that there is not, or for a first version.
    fn check_pending(&self, row: &str) -> Result<(), Broken> {
        let (id, row) = row.split_once(' ').unwrap();
        let (ready, tags) = row.split_once(' ').unwrap();
        let tags: Vec<String> = serde_json::from_str(tags).unwrap();
        let fits = self.hosts.iter().any(|host| tags.iter().all(|tag| host.spec.tags.contains(tag)));
        if fits && ready != "0" {
            return Err(Broken { rule: "R3", what: format!("build {id} is still pending") });
        }
        Ok(())
    }

    /// The ledger knows what the outside has.
    fn check_outside(&mut self) -> Result<(), Broken> {
        let all: Vec<_> = self.pipelines.values().flat_map(checked).collect();
        for (resource, origin, spaces) in all {
            let newest = self.outside.newest(origin, spaces);
            // What is put while a check runs may be overtaken by what it found: see that it is known at all.
            let named = if spaces || self.is_put(origin) { ref_of(&newest) } else { "" };
            let sql = "SELECT data FROM versions WHERE resource_id = ?1 AND (?2 = '' OR data LIKE '%\"' || ?2 || '\"%') \
                 ORDER BY place DESC LIMIT 1";
            let known: Option<Version> = self
                .inspect(sql, &[&resource, named])
                .pop()
                .and_then(|text| serde_json::from_str(&text).ok());
            if known.as_ref().and_then(number) != number(&newest) {
                let what = format!("{resource}: the outside has {newest:?} and the ledger {known:?}");
                return Err(Broken { rule: "check", what });
            }
        }
        Ok(())
    }

    /// Whether some job puts it.
    fn is_put(&self, origin: u64) -> bool {
        let of =
            |pipeline: &&Pipeline, put: &String| pipeline.resource(put).is_some_and(|of| of.origin == origin);
        let puts = |pipeline: &&Pipeline| {
            pipeline.jobs.iter().flat_map(|job| &job.puts).any(|put| of(pipeline, put))
        };
        self.pipelines.values().any(|pipeline| puts(&pipeline))
    }

    /// All of what was built, once nothing changes any more.
    pub(crate) fn check_at_rest(&mut self) -> Result<(), Broken> {
        self.check_ledger()?;
        for id in self.rules.made.clone() {
            self.check_build(&id)?;
        }
        for (what, id) in self.rules.answers.clone() {
            if self.store.build(&id).unwrap().is_none() {
                return Err(Broken {
                    rule: "R1",
                    what: format!("{what} was answered with {id}, which is not there"),
                });
            }
        }
        self.check_newest()
    }

    fn check_build(&mut self, id: &BuildId) -> Result<(), Broken> {
        let Some(build) = self.store.build(id).unwrap() else {
            return Err(Broken { rule: "R1", what: format!("{id} is gone") });
        };
        let name = format!("{}.{} #{} ({id})", build.pipeline, build.job, build.number);
        let message = build.message.clone().unwrap_or_default();
        self.say(format!("{name} {}: {message}", build.status));
        self.check_final(id.as_str(), build.status)?;
        let Some(attempt) = &build.attempt else { return Ok(()) };
        let written = self.rules.logs.get(attempt).cloned().unwrap_or_default();
        let chunks = self.store.log_from(attempt, 0, usize::MAX).unwrap();
        let stored: Vec<u8> = chunks.into_iter().flat_map(|chunk| chunk.bytes).collect();
        // Of a killed worker's attempt a beginning will do.
        let cut = self.rules.killed.contains(attempt) || self.rules.lost.contains(attempt);
        if stored != written && !(cut && written.starts_with(&stored)) {
            let what = format!("{name}: {} bytes written, {} stored", written.len(), stored.len());
            return Err(Broken { rule: "R4", what });
        }
        let tail = "SELECT attempt_id FROM log_frames WHERE attempt_id = ?1";
        if !cut && !self.inspect(tail, &[attempt.as_str()]).is_empty() {
            return Err(Broken {
                rule: "R4",
                what: format!("{name}: a short log that has ended is still in pieces"),
            });
        }
        let outputs: Vec<_> = build.outputs.into_iter().map(|made| (made.resource, made.version)).collect();
        let made = self.rules.puts.get(attempt).cloned().unwrap_or_default();
        if outputs != made && !(cut && made.starts_with(&outputs)) {
            let what = format!("{name}: its puts made {made:?}, and its outputs are {outputs:?}");
            return Err(Broken { rule: "R2", what });
        }
        self.check_outcome(&name, attempt, build.status, &message)
    }

    /// A build ended as its attempt said, or because that one was lost.
    fn check_outcome(
        &self,
        name: &str,
        attempt: &AttemptId,
        status: Status,
        message: &str,
    ) -> Result<(), Broken> {
        let rules = &self.rules;
        let Some(outcome) = status.outcome() else { return Ok(()) };
        let told = rules.results.get(attempt);
        let as_told = told.is_some_and(|told| told.contains(&outcome));
        let excused = rules.lost.contains(attempt) || rules.killed.contains(attempt);
        let not_started = !rules.starts.contains_key(attempt);
        let cancelled = outcome == Outcome::Cancelled;
        // Trouble with one that somebody wished cancelled is no news.
        let cancelled_in_trouble = cancelled && told.is_some_and(|told| told.contains(&Outcome::Errored));
        if as_told
            || cancelled_in_trouble
            || excused && outcome >= Outcome::Errored
            || not_started && cancelled
        {
            return Ok(());
        }
        let what = format!("{name} is {status} ({message}), and its attempt {attempt} said {told:?}");
        Err(Broken { rule: "R3", what })
    }
}

fn checked(pipeline: &Pipeline) -> Vec<(String, u64, bool)> {
    let of = pipeline.resources.iter().filter(|resource| matches!(resource.kind, Kind::Checked(_)));
    of.map(|of| (pipeline.resource_id(&of.name).to_string(), of.origin, of.spaces)).collect()
}

fn ref_of(version: &Version) -> &str {
    version.get("ref").unwrap_or_default()
}
