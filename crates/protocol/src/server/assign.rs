//! Work goes to asks: pending builds first, oldest first, then the builds that this very turn makes, so that one whose
//! ask is waiting starts in the commit that makes it.

use super::requests::build_inputs;
use super::turn::{Intent, NUMBER, PendingGo};
use super::{Output, Problem, Request, Server, workers};
use crate::message::Values;
use pikoci_engine::assign::{self, Ask};
use pikoci_engine::facts::{Facts, JobFacts, NEXT_VERSIONS, PendingBuild};
use pikoci_engine::inputs;
use pikoci_engine::part::{BuildInput, CreateBuild, Decide, Part, StartBuild, StartCheck, versions};
use pikoci_plan::id::{AttemptId, BuildId, JobId};
use pikoci_plan::status::Outcome;
use pikoci_plan::values::{BuildValues, CheckValues};
use std::collections::VecDeque;

impl Server {
    /// Gives pending builds and due checks to free asks, then makes what was asked for.
    pub(super) fn assign(&mut self, facts: &Facts) {
        self.start_pending(facts);
        self.make_triggered(facts);
        self.start_checks(facts);
    }

    /// What a job's decision makes; new builds start at once if nothing older waits.
    pub(super) fn decide_jobs(&mut self, facts: &Facts) {
        for (id, job) in &facts.jobs {
            if job.decided < job.changes {
                self.decide_job(facts, id, job);
            }
        }
    }

    fn decide_job(&mut self, facts: &Facts, id: &JobId, job: &JobFacts) {
        let next = inputs::next_builds(job);
        let newest = inputs::newest(&job.inputs).ok();
        let resolved: Vec<_> = match &newest {
            Some(newest) => {
                let inputs = || build_inputs(&job.inputs, newest);
                job.unresolved.iter().map(|build| (build.clone(), inputs())).collect()
            }
            None => Vec::new(),
        };
        let mut asks = self.spare_asks(facts);
        if !resolved.is_empty() {
            // They are older than what this decision makes: the next turn gives them their asks.
            asks.clear();
            self.look = true;
        }
        let (mut builds, mut made, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for next in next {
            let build = BuildId(self.id(self.turn.now));
            let taken = build_inputs(&job.inputs, &next.inputs);
            let go = asks.pop_front().map(|ask| self.new_go(ask, &build, job, &taken));
            builds.push(CreateBuild {
                id: build.clone(),
                job: id.clone(),
                cause: next.cause,
                inputs: Some(taken),
                at_ms: self.turn.now.wall_ms,
                start: go.as_ref().map(|go| self.start_part(build.clone(), go)),
            });
            made.push(go);
            ids.push(build);
        }
        let more =
            job.inputs.iter().any(|input| input.next.len() >= NEXT_VERSIONS) || job.unresolved.len() >= 1000;
        let resolved_ids = resolved.iter().map(|(build, _)| build.clone()).collect();
        let decide =
            Decide { job: id.clone(), decided: job.decided, changes: job.changes, builds, resolved, more };
        self.turn.push(Part::Decide(decide), Intent::Decide { made, ids, resolved: resolved_ids });
    }

    fn start_pending(&mut self, facts: &Facts) {
        let now = self.turn.now;
        let mut startable = Vec::new();
        for build in &facts.pending {
            if build.plan.is_some() {
                startable.push(build.clone());
            } else {
                let part = Part::EndPending {
                    build: build.build.clone(),
                    outcome: Outcome::Cancelled,
                    message: "job removed from the pipeline".into(),
                    at_ms: now.wall_ms,
                };
                self.turn.push(part, Intent::End(build.build.clone()));
                self.look = true;
            }
        }
        let asks = self.free_asks(now, workers::builds);
        for (build, ask) in assign::assign(&startable, &asks) {
            self.take_ask(&ask);
            let values = Values::Build(self.build_values(&build));
            let plan = build.plan.unwrap_or_default();
            let attempt = AttemptId(self.id(now));
            let go = PendingGo { ask, attempt, plan, values };
            let part = Part::StartBuild(self.start_part(build.build.clone(), &go));
            self.turn.push(part, Intent::Start { build: Some(build.build), go: Box::new(go) });
        }
    }

    fn make_triggered(&mut self, facts: &Facts) {
        let mut asks = self.spare_asks(facts);
        for (token, request) in std::mem::take(&mut self.turn.requests) {
            let Request::Trigger { job, key } = request else { continue };
            let Some(known) = facts.jobs.get(&job).filter(|known| known.active) else {
                self.turn.outputs.push(Output::Answer(token, Err(Problem::NotFound)));
                continue;
            };
            let id = BuildId(self.id(self.turn.now));
            let go = match inputs::newest(&known.inputs) {
                Ok(taken) => {
                    let taken = build_inputs(&known.inputs, &taken);
                    asks.pop_front().map(|ask| self.new_go(ask, &id, known, &taken))
                }
                Err(_) => None,
            };
            self.create(token, &job, &key, known, go, id);
        }
    }

    /// The free asks that no pending build of the facts is waiting for.
    ///
    /// As many pending builds were read as asks were free, so with fewer of them than asks nothing else waits.
    fn spare_asks(&self, facts: &Facts) -> VecDeque<Ask> {
        let free = self.free_asks(self.turn.now, workers::builds);
        let waiting =
            self.turn.intents.iter().filter(|intent| matches!(intent, Intent::Start { build: Some(_), .. }));
        let left = facts.pending.len().saturating_sub(waiting.count());
        assign::spread(&free).into_iter().skip(left).collect()
    }

    fn start_checks(&mut self, facts: &Facts) {
        let now = self.turn.now;
        let asks = self.free_asks(now, workers::checks);
        for (check, ask) in assign::assign(&facts.due_checks, &asks) {
            self.take_ask(&ask);
            let attempt = AttemptId(self.id(now));
            let values = Values::Check(CheckValues { newest: check.newest });
            let go = PendingGo { ask, attempt, plan: check.plan, values };
            let start =
                StartCheck { check: check.check, number: check.number, to: go.assignment(now.wall_ms) };
            self.turn.push(Part::StartCheck(start), Intent::Start { build: None, go: Box::new(go) });
        }
    }

    fn new_go(&mut self, ask: Ask, build: &BuildId, job: &JobFacts, taken: &[BuildInput]) -> PendingGo {
        self.take_ask(&ask);
        let values = BuildValues {
            id: build.to_string(),
            number: String::new(),
            team: job.team.clone(),
            url: self.url(&job.team, &job.pipeline, &job.name, NUMBER),
            inputs: versions(taken),
        };
        let attempt = AttemptId(self.id(self.turn.now));
        PendingGo { ask, attempt, plan: job.plan.clone(), values: Values::Build(values) }
    }

    pub(super) fn start_part(&self, build: BuildId, go: &PendingGo) -> StartBuild {
        StartBuild { build, to: go.assignment(self.turn.now.wall_ms) }
    }

    pub(super) fn build_values(&self, build: &PendingBuild) -> BuildValues {
        let number = build.number.to_string();
        BuildValues {
            id: build.build.to_string(),
            url: self.url(&build.team, &build.pipeline, &build.job, &number),
            number,
            team: build.team.clone(),
            inputs: build.inputs.clone(),
        }
    }

    fn url(&self, team: &str, pipeline: &str, job: &str, number: &str) -> String {
        if self.base_url.is_empty() {
            return String::new();
        }
        format!("{}/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds/{number}", self.base_url)
    }
}
