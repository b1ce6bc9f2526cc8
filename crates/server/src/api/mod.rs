//! The HTTP API, a file per endpoint. Base `/api/v1`, JSON; errors are problems ([`problem`]).
//!
//! [`routes`] lists all endpoints. Each names the right that it needs; one that does not does not compile.

mod build;
mod builds;
mod cancel;
mod check;
mod events;
mod health;
mod jobs;
mod listen;
mod log;
mod names;
mod page;
mod pipelines;
mod problem;
mod resources;
mod rights;
mod trigger;
mod version;
mod view;

pub use listen::{Serving, serve};

use crate::auth::Token;
use crate::core::Core;
use crate::live::Live;
use axum::Router;
use names::JobPath;
use pikoci_plan::id::JobId;
use pikoci_store::{Store, StoreError};
use problem::Problem;
use rights::{Right, Routes};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What endpoints work with.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Arc<Store>,
    core: Core,
    live: Arc<Live>,
    token: Token,
    /// Jobs that were named before. An id stands for its name for ever, so none of them is ever wrong.
    jobs: Mutex<HashMap<JobPath, JobId>>,
}

impl App {
    /// An API over a ledger and a core; who comes by TCP shows the token.
    pub fn new(store: Arc<Store>, core: Core, live: Arc<Live>, token: Token) -> Self {
        Self(Arc::new(Parts { store, core, live, token, jobs: Mutex::default() }))
    }

    /// Reads from the ledger on a thread that may wait.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.0.store);
        let done = tokio::task::spawn_blocking(move || read(&store)).await;
        Ok(done.map_err(|panicked| Problem::unavailable(panicked.to_string()))??)
    }
}

const TEAM: &str = "/api/v1/teams/{team}/pipelines";

/// All endpoints.
fn routes(app: App) -> Router {
    let job = format!("{TEAM}/{{pipeline}}/jobs/{{job}}");
    let resource = format!("{TEAM}/{{pipeline}}/resources/{{resource}}");
    Routes::new()
        .get("/healthz", Right::None, health::health)
        .get("/version", Right::ReadServer, version::version)
        .get(TEAM, Right::ReadPipelines, pipelines::list)
        .get(&format!("{TEAM}/{{pipeline}}"), Right::ReadPipelines, pipelines::one)
        .get(&format!("{TEAM}/{{pipeline}}/jobs"), Right::ReadPipelines, jobs::list)
        .get(&job, Right::ReadPipelines, jobs::one)
        .get(&format!("{job}/builds"), Right::ReadBuilds, builds::list)
        .post(&format!("{job}/builds"), Right::TriggerJobs, trigger::trigger)
        .get(&format!("{job}/builds/{{number}}"), Right::ReadBuilds, builds::by_number)
        .get("/api/v1/builds/{id}", Right::ReadBuilds, build::one)
        .post("/api/v1/builds/{id}/cancel", Right::CancelBuilds, cancel::cancel)
        .get("/api/v1/builds/{id}/log", Right::ReadBuilds, log::log)
        .get("/api/v1/builds/{id}/events", Right::ReadBuilds, events::events)
        .get(&format!("{TEAM}/{{pipeline}}/resources"), Right::ReadPipelines, resources::list)
        .get(&resource, Right::ReadPipelines, resources::one)
        .get(&format!("{resource}/versions"), Right::ReadPipelines, resources::versions)
        .post(&format!("{resource}/check"), Right::CheckResources, check::check)
        .into_router(app)
}
