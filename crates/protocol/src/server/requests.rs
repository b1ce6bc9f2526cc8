//! What people (and the server itself) ask for.

use super::turn::Intent;
use super::{Output, Server};
use pikoci_engine::facts::{BuildFacts, CancelWish, Facts, InputFacts, Wanted};
use pikoci_engine::inputs::Taken;
use pikoci_engine::part::{BuildInput, Part, Paused, Rerun, SetPipeline};
use pikoci_plan::id::{AttemptId, BuildId, CheckId, JobId, PipelineId, ResourceId, WorkerId};
use std::collections::BTreeMap;

/// Names a request to who made it.
pub type Token = u64;

/// Something that is asked for, and who asks (`by`).
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A build of a job, made once for one key.
    Trigger {
        /// The job.
        job: JobId,
        /// The idempotency key.
        key: String,
        /// Who.
        by: String,
        /// The versions that are named for it: by the name of the input the id of the version's row.
        versions: BTreeMap<String, String>,
    },
    /// A build anew, with the versions of that one; made once for one key.
    Rerun {
        /// The build.
        build: BuildId,
        /// The idempotency key.
        key: String,
        /// Who.
        by: String,
    },
    /// The end of a build.
    Cancel {
        /// The build.
        build: BuildId,
        /// Without its hooks.
        skip_hooks: bool,
        /// Who.
        by: String,
    },
    /// A check of a resource.
    Check {
        /// The resource.
        resource: ResourceId,
        /// In how many milliseconds at the latest: 0 is now.
        within_ms: u64,
    },
    /// A revision of a pipeline.
    SetPipeline(Box<SetPipeline>),
    /// That a pipeline is no more, but for its history.
    Archive {
        /// The pipeline.
        pipeline: PipelineId,
        /// Who.
        by: String,
    },
    /// That a job or a pipeline rests, or goes on.
    Pause {
        /// What.
        of: Paused,
        /// Whether it is to rest.
        paused: bool,
        /// Who.
        by: String,
    },
    /// That a resource is held at a version, or is let go.
    Pin {
        /// The resource.
        resource: ResourceId,
        /// The id of the version's row; `None` lets it go.
        version: Option<String>,
        /// Why.
        comment: Option<String>,
        /// Who.
        by: String,
    },
    /// Who works.
    Workers,
    /// That all jobs that are due by now have decided.
    Settle,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The build for that key, and whether it was made by this request.
    Triggered {
        /// The build.
        build: BuildId,
        /// Whether it is new.
        created: bool,
    },
    /// The build is cancelled, is being cancelled, or had ended before.
    Cancelled,
    /// Once the run of that number has ended, the check has seen all that was there at the request.
    Checking {
        /// The check.
        check: CheckId,
        /// The number.
        number: u64,
    },
    /// The pipeline is set.
    Set {
        /// The pipeline.
        pipeline: PipelineId,
        /// The number of its revision.
        revision: u64,
        /// Whether it differs from the one before.
        changed: bool,
    },
    /// The workers that this server has heard of since it began.
    Workers(Vec<WorkerSeen>),
    /// It is as was asked for.
    Done,
    /// All jobs that were due have decided.
    Settled,
}

/// A worker, as its newest State told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSeen {
    /// The worker.
    pub worker: WorkerId,
    /// Its session.
    pub session: u64,
    /// What it offers.
    pub tags: Vec<String>,
    /// It takes no more work.
    pub draining: bool,
    /// Slots for builds that are free.
    pub free: u32,
    /// Slots for checks that are free.
    pub free_checks: u32,
    /// What it works on or has still to deliver.
    pub held: Vec<AttemptId>,
    /// How many milliseconds ago it was heard of.
    pub age_ms: u64,
    /// Whether its slots count: it was heard of lately.
    pub fresh: bool,
}

/// Why nothing came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// What it names is not there (any more).
    NotFound,
    /// The pipeline's text says no.
    NotAllowed(String),
    /// The pipeline has another revision than was expected: its number, 0 if there is none.
    Conflict(u64),
    /// The ledger does not answer.
    Unavailable(String),
}

/// The facts that requests need.
pub(super) fn wanted<'a>(requests: impl IntoIterator<Item = &'a (Token, Request)>, wanted: &mut Wanted) {
    for (_, request) in requests {
        match request {
            Request::Trigger { job, versions, .. } => {
                if !wanted.jobs.contains(job) {
                    wanted.jobs.push(job.clone());
                }
                wanted.versions.extend(versions.values().cloned());
            }
            Request::Rerun { build, .. } | Request::Cancel { build, .. } => {
                wanted.builds.push(build.clone());
            }
            Request::Settle => wanted.due_jobs = true,
            Request::Workers
            | Request::Check { .. }
            | Request::SetPipeline(_)
            | Request::Archive { .. }
            | Request::Pause { .. }
            | Request::Pin { .. } => {}
        }
    }
}

impl Server {
    /// Requests become parts, or drafts of builds.
    pub(super) fn decide_requests(&mut self, facts: &Facts) {
        let at_ms = self.turn.now.wall_ms;
        for (token, request) in std::mem::take(&mut self.turn.requests) {
            let part = match request {
                Request::Trigger { job, key, by, versions } => {
                    self.trigger(token, facts, &job, (&key, by), &versions);
                    continue;
                }
                Request::Rerun { build, key, by } => {
                    self.rerun(token, facts.builds.get(&build), build, (key, by));
                    continue;
                }
                Request::Cancel { build, skip_hooks, by } => {
                    self.cancel(token, facts.builds.get(&build), build, (skip_hooks, by));
                    continue;
                }
                Request::Settle => {
                    self.turn.outputs.push(Output::Answer(token, Ok(Answer::Settled)));
                    continue;
                }
                Request::Workers => {
                    let seen = Answer::Workers(self.workers_seen());
                    self.turn.outputs.push(Output::Answer(token, Ok(seen)));
                    continue;
                }
                Request::Check { resource, within_ms } => {
                    Part::RequestCheck { resource, wanted_ms: at_ms.saturating_add(within_ms) }
                }
                Request::SetPipeline(set) => Part::SetPipeline(set),
                Request::Archive { pipeline, by } => Part::Archive { pipeline, by, at_ms },
                Request::Pause { of, paused, by } => Part::Pause { of, paused, by, at_ms },
                Request::Pin { resource, version, comment, by } => {
                    Part::Pin { resource, version, comment, by, at_ms }
                }
            };
            self.turn.push(part, Intent::Answer(token));
        }
    }

    fn trigger(
        &mut self,
        token: Token,
        facts: &Facts,
        id: &JobId,
        made: (&str, String),
        versions: &BTreeMap<String, String>,
    ) {
        let named = |(input, id): (&String, &String)| Some((input.clone(), facts.versions.get(id)?.clone()));
        let all: Option<BTreeMap<_, _>> = versions.iter().map(named).collect();
        match (facts.jobs.get(id).filter(|job| job.info.plan.is_some()), all) {
            (Some(job), Some(named)) => self.draft_by_hand(token, (id, job), made, &named),
            _ => self.turn.outputs.push(Output::Answer(token, Err(Problem::NotFound))),
        }
    }

    fn rerun(&mut self, token: Token, facts: Option<&BuildFacts>, of: BuildId, (key, by): (String, String)) {
        let problem = match facts {
            None => Some(Problem::NotFound),
            Some(facts) if facts.no_rerun => {
                Some(Problem::NotAllowed("its job says `disable_retry = true`".into()))
            }
            Some(_) => None,
        };
        if let Some(problem) = problem {
            return self.turn.outputs.push(Output::Answer(token, Err(problem)));
        }
        let id = BuildId(self.id(self.turn.now));
        let rerun = Rerun { id: id.clone(), of, key, by, at_ms: self.turn.now.wall_ms };
        self.turn.push(Part::Rerun(rerun), Intent::Rerun { token, build: id });
    }

    fn cancel(
        &mut self,
        token: Token,
        facts: Option<&BuildFacts>,
        build: BuildId,
        (skip_hooks, by): (bool, String),
    ) {
        let Some(facts) = facts else {
            return self.turn.outputs.push(Output::Answer(token, Err(Problem::NotFound)));
        };
        let wish = if skip_hooks { CancelWish::SkipHooks } else { CancelWish::Cancel };
        let part = Part::Cancel { build: build.clone(), wish, by, at_ms: self.turn.now.wall_ms };
        self.turn.push(part, Intent::Cancel { token, build, tell: facts.attempt.clone(), skip_hooks });
    }
}

/// What the gets of a build take, as it stands in the ledger.
pub(super) fn build_inputs(inputs: &[InputFacts], taken: &[Taken]) -> Vec<BuildInput> {
    taken
        .iter()
        .map(|taken| {
            let input = &inputs[taken.input];
            BuildInput {
                name: input.name.clone(),
                resource: input.resource.clone(),
                resource_name: input.resource_name.clone(),
                version_id: taken.version.id.clone(),
                order: taken.version.order,
                version: taken.version.version.clone(),
            }
        })
        .collect()
}
