//! `GET …/jobs/{job}/why` and `/builds/{id}/why`: why something does not run, and what would let it.

use super::names::{BuildIdPath, JobPath};
use super::page::At;
use super::view::{Reason, Why};
use super::{App, Problem};
use axum::Json;
use axum::extract::State;
use pikoci_engine::why::{Pending, WhyFacts, Worker, why};
use pikoci_plan::id::{BuildId, JobId};
use pikoci_plan::status::Status;
use pikoci_protocol::server::{Answer, Request};
use pikoci_store::read::Build;
use std::collections::{BTreeMap, BTreeSet};

/// Why no build of a job runs now, the most important reason first, and what would let one run.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/jobs/{job}/why", operation_id = "why_job",
    tag = "jobs", params(JobPath), responses((status = 200, body = Why, description = "The reasons")))]
pub(super) async fn of_job(State(app): State<App>, At(path): At<JobPath>) -> Result<Json<Why>, Problem> {
    let (_, job) = app.job(path).await?;
    let facts = app.why(job.id).await?;
    let build = facts.pending.first().map(|build| build.number.clone());
    Ok(Json(Why::of(job.name, build, why(&facts).iter().map(Reason::from).collect())))
}

/// Why a pending build does not run; nothing for one that runs or has ended.
#[utoipa::path(get, path = "/api/v1/builds/{id}/why", operation_id = "why_build", tag = "builds",
    params(BuildIdPath), responses((status = 200, body = Why, description = "The reasons")))]
pub(super) async fn of_build(
    State(app): State<App>,
    At(BuildIdPath { id }): At<BuildIdPath>,
) -> Result<Json<Why>, Problem> {
    let build = app.build(BuildId(id)).await?;
    let number = build.number_text();
    if build.status != Status::Pending {
        return Ok(Json(Why::of(build.job, Some(number), Vec::new())));
    }
    let reasons = of_pending(app.why(build.job_id.clone()).await?, &build);
    Ok(Json(Why::of(build.job, Some(number), reasons)))
}

/// Why that build of a job does not run, of what is known of the job.
fn of_pending(mut facts: WhyFacts, build: &Build) -> Vec<Reason> {
    let number = build.number_text();
    facts.pending.retain(|pending| pending.number == number);
    if facts.pending.is_empty() {
        // It stands behind those that are looked at.
        facts.pending.push(Pending { number: number.clone(), ready: build.ready, ..Pending::default() });
    }
    let mut reasons: Vec<_> = why(&facts).iter().map(Reason::from).collect();
    // What follows is why there is no other build.
    let own = reasons.iter().take_while(|reason| reason.is_of(&number)).count();
    reasons.truncate(own.max(1));
    reasons
}

/// What builds wait for, each in a sentence.
#[derive(Debug, Default)]
pub(super) struct Waits(BTreeMap<BuildId, String>);

impl Waits {
    /// What that build waits for; nothing where it does not.
    pub(super) fn of(&self, build: &Build) -> Option<String> {
        self.0.get(&build.id).cloned()
    }
}

impl App {
    /// What is known of why a job does not run.
    pub(super) async fn why(&self, job: JobId) -> Result<WhyFacts, Problem> {
        let mut facts = self.read(move |store| store.why_facts(&job)).await?.unwrap_or_default();
        facts.workers = self.known_workers().await?;
        Ok(facts)
    }

    /// What those of the builds wait for that are pending. What is known of a job is read once for all of its builds.
    pub(super) async fn waits<'a>(
        &self,
        builds: impl IntoIterator<Item = &'a Build>,
    ) -> Result<Waits, Problem> {
        let pending: Vec<_> = builds.into_iter().filter(|build| build.status == Status::Pending).collect();
        let mut waits = Waits::default();
        if pending.is_empty() {
            return Ok(waits);
        }
        let workers = self.known_workers().await?;
        let jobs: BTreeSet<JobId> = pending.iter().map(|build| build.job_id.clone()).collect();
        for job in jobs {
            let id = job.clone();
            let mut facts = self.read(move |store| store.why_facts(&id)).await?.unwrap_or_default();
            facts.workers.clone_from(&workers);
            for build in pending.iter().filter(|build| build.job_id == job) {
                let first = of_pending(facts.clone(), build).into_iter().next();
                waits
                    .0
                    .extend(first.map(|reason| (build.id.clone(), reason.of_itself(&build.number_text()))));
            }
        }
        Ok(waits)
    }

    async fn known_workers(&self) -> Result<Vec<Worker>, Problem> {
        let workers = match self.0.core.request(Request::Workers).await? {
            Answer::Workers(seen) => seen,
            _ => Vec::new(),
        };
        let seen = workers.into_iter().map(|seen| Worker {
            name: seen.worker.0,
            tags: seen.tags,
            free: seen.free,
            draining: seen.draining,
            fresh: seen.fresh,
        });
        Ok(seen.collect())
    }
}
