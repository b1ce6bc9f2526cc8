//! What people (and the server itself) ask for.

use super::turn::{Intent, PendingGo};
use super::{Output, Server};
use pikoci_engine::cause::Cause;
use pikoci_engine::facts::{BuildFacts, CancelWish, Facts, InputFacts, JobFacts, Wanted};
use pikoci_engine::inputs::{self, Taken};
use pikoci_engine::part::{BuildInput, CreateBuild, Part, SetPipeline};
use pikoci_plan::id::{BuildId, CheckId, JobId, PipelineId, ResourceId};

/// Names a request to who made it.
pub type Token = u64;

/// Something that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A build of a job, made once for one key.
    Trigger {
        /// The job.
        job: JobId,
        /// The idempotency key.
        key: String,
    },
    /// The end of a build.
    Cancel {
        /// The build.
        build: BuildId,
        /// Without its hooks.
        skip_hooks: bool,
    },
    /// A check of a resource now.
    Check {
        /// The resource.
        resource: ResourceId,
    },
    /// A revision of a pipeline.
    SetPipeline(Box<SetPipeline>),
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
    },
    /// All jobs that were due have decided.
    Settled,
}

/// Why nothing came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// What it names is not there (any more).
    NotFound,
    /// The resource's type has no check.
    NoCheck,
    /// The ledger does not answer.
    Unavailable(String),
}

/// The facts that requests need.
pub(super) fn wanted<'a>(requests: impl IntoIterator<Item = &'a (Token, Request)>, wanted: &mut Wanted) {
    for (_, request) in requests {
        match request {
            Request::Trigger { job, .. } if !wanted.jobs.contains(job) => wanted.jobs.push(job.clone()),
            Request::Cancel { build, .. } => wanted.builds.push(build.clone()),
            Request::Trigger { .. } | Request::Check { .. } | Request::SetPipeline(_) => {}
            Request::Settle => wanted.due_jobs = true,
        }
    }
}

impl Server {
    /// Requests become parts; those to make builds wait for [`Server::assign`], which knows free asks.
    pub(super) fn decide_requests(&mut self, facts: &Facts) {
        let now_ms = self.turn.now.wall_ms;
        let mut triggers = std::collections::VecDeque::new();
        for (token, request) in std::mem::take(&mut self.turn.requests) {
            match request {
                Request::Trigger { .. } => triggers.push_back((token, request)),
                Request::Cancel { build, skip_hooks } => {
                    self.cancel(token, facts.builds.get(&build), build, skip_hooks);
                }
                Request::Check { resource } => {
                    self.turn.push(Part::RequestCheck { resource, at_ms: now_ms }, Intent::Answer(token));
                }
                Request::Settle => self.turn.outputs.push(Output::Answer(token, Ok(Answer::Settled))),
                Request::SetPipeline(set) => self.turn.push(Part::SetPipeline(set), Intent::Answer(token)),
            }
        }
        self.turn.requests = triggers;
    }

    fn cancel(&mut self, token: Token, facts: Option<&BuildFacts>, build: BuildId, skip_hooks: bool) {
        let Some(facts) = facts else {
            return self.turn.outputs.push(Output::Answer(token, Err(Problem::NotFound)));
        };
        let wish = if skip_hooks { CancelWish::SkipHooks } else { CancelWish::Cancel };
        let part = Part::Cancel { build: build.clone(), wish, at_ms: self.turn.now.wall_ms };
        self.turn.push(part, Intent::Cancel { token, build, tell: facts.attempt.clone(), skip_hooks });
    }

    /// The part that makes a build for a trigger, started on an ask if there is one.
    pub(super) fn create(
        &mut self,
        token: Token,
        job: &JobId,
        key: &str,
        facts: &JobFacts,
        go: Option<PendingGo>,
        id: BuildId,
    ) {
        let taken = inputs::newest(&facts.inputs).ok();
        let create = CreateBuild {
            id: id.clone(),
            job: job.clone(),
            cause: Cause::manual(key),
            inputs: taken.map(|taken| build_inputs(&facts.inputs, &taken)),
            at_ms: self.turn.now.wall_ms,
            start: go.as_ref().map(|go| self.start_part(id.clone(), go)),
        };
        let intent = Intent::Create { token, build: id, go: go.map(Box::new) };
        self.turn.push(Part::CreateBuild(create), intent);
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
