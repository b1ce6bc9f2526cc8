//! Clients: they ask, ask again where no answer comes, and remember what they were told.

use crate::model::Pipeline;
use crate::script::Act;
use crate::world::{Happening, World};
use pikoci_engine::part::Paused;
use pikoci_plan::id::{BuildId, JobId, PipelineId, ResourceId};
use pikoci_protocol::server::{Answer, Problem, Request};
use std::collections::BTreeMap;

/// After how many milliseconds without an answer a client asks again.
const PATIENCE_MS: u64 = 3_000;

/// What clients know.
#[derive(Default)]
pub(crate) struct Client {
    next: u64,
    asked: BTreeMap<u64, Asked>,
}

struct Asked {
    server: usize,
    request: Request,
    /// How often it is asked again where no answer comes.
    again: u32,
}

impl World {
    /// No answer comes any more from this server.
    pub(crate) fn client_server_died(&mut self, server: usize) {
        let lost: Vec<u64> = self
            .client
            .asked
            .iter()
            .filter(|(_, asked)| asked.server == server)
            .map(|(token, _)| *token)
            .collect();
        lost.into_iter().for_each(|token| self.after(PATIENCE_MS, Happening::AskAgain(token)));
    }

    /// Asks for something; where no answer comes it is asked again, perhaps of another server.
    pub(crate) fn ask(&mut self, server: usize, request: Request, again: u32) {
        self.client.next += 1;
        let token = self.client.next;
        if !self.server_request(server, token, request.clone()) {
            self.after(PATIENCE_MS, Happening::AskAgain(token));
        }
        self.client.asked.insert(token, Asked { server, request, again });
    }

    pub(crate) fn ask_again(&mut self, token: u64) {
        let Some(asked) = self.client.asked.remove(&token).filter(|asked| asked.again > 0) else { return };
        let server = (asked.server + 1) % self.servers.len();
        self.ask(server, asked.request, asked.again - 1);
    }

    pub(crate) fn client_hears(&mut self, token: u64, answer: Result<Answer, Problem>) {
        let Some(asked) = self.client.asked.remove(&token) else { return };
        match answer {
            Err(Problem::Unavailable(_)) => {
                self.client.asked.insert(token, asked);
                self.after(PATIENCE_MS, Happening::AskAgain(token));
            }
            Ok(Answer::Triggered { build, created }) => {
                let what = match asked.request {
                    Request::Trigger { job, key, .. } => format!("{job} {key}"),
                    Request::Rerun { build, key, .. } => format!("rerun of {} {key}", self.original(&build)),
                    _ => return,
                };
                self.say(format!("client: {what} is {build}, created: {created}"));
                self.rules.answered(what, &build);
            }
            answer => self.say(format!("client: {answer:?}")),
        }
    }

    /// The build that a rerun is one of.
    fn original(&self, build: &BuildId) -> String {
        let sql = format!("SELECT COALESCE(original_id, id) FROM builds WHERE id = '{build}'");
        self.inspect(&sql, &[]).pop().unwrap_or_default()
    }

    pub(crate) fn client_acts(&mut self, act: Act) {
        match act {
            Act::Set { server, pipeline, stale } => {
                let read = self.revision(&pipeline);
                let expected = if stale { read.saturating_sub(1) } else { read };
                self.set(server, &pipeline, Some(expected));
            }
            Act::Archive { server, pipeline } => {
                let Some(pipeline) = self.pipeline_id(pipeline) else { return };
                self.ask(server, Request::Archive { pipeline, by: "ann".into() }, 0);
            }
            Act::Trigger { server, job, key, version } => self.trigger(server, job, key, version),
            Act::Rerun { server, build, key } => {
                let Some(build) = self.build(build) else { return };
                self.ask(server, Request::Rerun { build, key: format!("k{key}"), by: "ann".into() }, 3);
            }
            Act::Cancel { server, build, skip_hooks } => {
                let Some(build) = self.build(build) else { return };
                self.ask(server, Request::Cancel { build, skip_hooks, by: "bob".into() }, 0);
            }
            Act::Pause { server, pipeline, job, paused } => self.pause(server, pipeline, job, paused),
            Act::Pin { server, resource, version } => self.pin(server, resource, version),
            Act::Check { server, resource, times } => {
                let Some(resource) = self.resource(resource) else { return };
                for _ in 0..times {
                    self.ask(server, Request::Check { resource: resource.clone(), within_ms: 0 }, 0);
                }
            }
            _ => {}
        }
    }

    /// Sets a pipeline as somebody who has read that revision, or none.
    pub(crate) fn set(&mut self, server: usize, pipeline: &Pipeline, expected: Option<u64>) {
        for job in &pipeline.jobs {
            let known = std::rc::Rc::new((pipeline.name.clone(), job.clone()));
            self.plans.insert(pipeline.plan_hash(job), known);
        }
        self.rules.know_spaces(pipeline);
        let at_ms = self.servers[server].clocks(self.now).wall_ms;
        let again = if expected.is_some() { 0 } else { u32::MAX };
        self.ask(server, Request::SetPipeline(Box::new(pipeline.to_set(expected, at_ms))), again);
    }

    /// The revision of a pipeline, 0 if there is none.
    fn revision(&self, pipeline: &Pipeline) -> u64 {
        let sql = format!(
            "SELECT CAST(revision AS TEXT) FROM pipelines WHERE name = '{}' AND archived_ms IS NULL",
            pipeline.name
        );
        self.inspect(&sql, &[]).pop().map_or(0, |text| text.parse().unwrap())
    }

    /// Whether nobody waits for an answer.
    pub(crate) fn client_rests(&self) -> Result<(), String> {
        match self.client.asked.values().next() {
            Some(asked) => Err(format!("nobody answers {:?}", asked.request)),
            None => Ok(()),
        }
    }

    fn trigger(&mut self, server: usize, job: u64, key: u64, version: Option<u64>) {
        let Some(job) = self.job(job) else { return };
        let versions = version.map(|version| self.named(&job, version)).unwrap_or_default();
        let request = Request::Trigger { job, key: format!("k{key}"), by: "ann".into(), versions };
        self.ask(server, request, 5);
    }

    /// A version for the first input of a job.
    fn named(&self, job: &JobId, version: u64) -> BTreeMap<String, String> {
        let sql = format!(
            "SELECT job_inputs.name || '\n' || versions.id FROM job_inputs \
             JOIN versions ON versions.resource_id = job_inputs.resource_id \
             WHERE job_inputs.job_id = '{job}' AND job_inputs.place = 0 ORDER BY versions.place DESC LIMIT {}",
            version + 1
        );
        let found = self.inspect(&sql, &[]).pop();
        let pair = found.as_ref().and_then(|text| text.split_once('\n'));
        pair.map(|(name, id)| (name.to_owned(), id.to_owned())).into_iter().collect()
    }

    fn pause(&mut self, server: usize, pipeline: u64, job: Option<u64>, paused: bool) {
        let of = match job {
            Some(job) => self.job(job).map(Paused::Job),
            None => self.pipeline_id(pipeline).map(Paused::Pipeline),
        };
        let Some(of) = of else { return };
        self.ask(server, Request::Pause { of, paused, by: "ann".into() }, 2);
    }

    fn pin(&mut self, server: usize, resource: u64, version: Option<u64>) {
        let Some(resource) = self.resource(resource) else { return };
        let version = version.and_then(|version| {
            let sql = format!(
                "SELECT id FROM versions WHERE resource_id = '{resource}' ORDER BY place DESC LIMIT {}",
                version + 1
            );
            self.inspect(&sql, &[]).pop()
        });
        let request = Request::Pin { resource, version, comment: None, by: "ann".into() };
        self.ask(server, request, 2);
    }

    fn pipeline_id(&self, pick: u64) -> Option<PipelineId> {
        nth(self.pipelines.values().map(Pipeline::id).collect(), pick)
    }

    fn job(&self, pick: u64) -> Option<JobId> {
        let jobs = self.pipelines.values().flat_map(|of| of.jobs.iter().map(|job| of.job_id(&job.name)));
        nth(jobs.collect(), pick)
    }

    fn resource(&self, pick: u64) -> Option<ResourceId> {
        let all = self.pipelines.values();
        nth(all.flat_map(|of| of.resources.iter().map(|it| of.resource_id(&it.name))).collect(), pick)
    }

    /// One of the builds that there are, rather a new one.
    fn build(&self, pick: u64) -> Option<BuildId> {
        let recent: Vec<_> = self.rules.builds().rev().take(12).cloned().collect();
        nth(recent, pick)
    }
}

fn nth<T>(mut of: Vec<T>, pick: u64) -> Option<T> {
    (!of.is_empty()).then(|| of.swap_remove((pick % of.len() as u64) as usize))
}
