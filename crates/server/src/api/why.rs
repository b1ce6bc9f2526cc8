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
    let mut facts = app.why(build.job_id).await?;
    facts.pending.retain(|pending| pending.number == number);
    if facts.pending.is_empty() {
        // It stands behind those that are looked at.
        facts.pending.push(Pending { number: number.clone(), ready: build.ready, ..Pending::default() });
    }
    let mut reasons: Vec<_> = why(&facts).iter().map(Reason::from).collect();
    // What follows is why there is no other build.
    let own = reasons.iter().take_while(|reason| reason.is_of(&number)).count();
    reasons.truncate(own.max(1));
    Ok(Json(Why::of(build.job, Some(number), reasons)))
}

impl App {
    /// What is known of why a job does not run.
    pub(super) async fn why(&self, job: JobId) -> Result<WhyFacts, Problem> {
        let workers = match self.0.core.request(Request::Workers).await? {
            Answer::Workers(seen) => seen,
            _ => Vec::new(),
        };
        let mut facts = self.read(move |store| store.why_facts(&job)).await?.unwrap_or_default();
        let seen = workers.into_iter().map(|seen| Worker {
            name: seen.worker.0,
            tags: seen.tags,
            free: seen.free,
            draining: seen.draining,
            fresh: seen.fresh,
        });
        facts.workers = seen.collect();
        Ok(facts)
    }
}
