//! The HTTP API, a file per endpoint. Base `/api/v1`, JSON; errors are problems ([`problem`]).
//!
//! [`endpoints`] lists all endpoints. Each names the right that it needs; one that does not does not compile.

#![expect(unused_qualifications, reason = "what utoipa makes of the parameters of an endpoint has some")]

mod body;
mod build;
mod builds;
mod cancel;
mod changes;
mod check;
mod code;
mod describe;
mod events;
mod health;
mod jobs;
mod listen;
mod log;
mod names;
mod openapi;
mod overview;
mod page;
mod pause;
mod pin;
mod pipelines;
mod problem;
mod resources;
mod revisions;
mod rights;
mod set;
mod stalled;
mod trigger;
mod view;
mod webhooks;
mod why;
mod workers;

pub use listen::{Serving, serve};

use crate::auth::Token;
use crate::bundle::MAX_BUNDLE_BYTES;
use crate::burst::Bursts;
use crate::core::Core;
use crate::live::Live;
use crate::webhook::Tokens;
use axum::extract::DefaultBodyLimit;
use code::Code::{
    BuildNotFound, InvalidBundle, InvalidName, InvalidPipeline, JobNotFound, PipelineNotFound,
    RangeNotSatisfiable, RerunDisabled, ResourceHasNoCheck, ResourceNotFound, RevisionConflict,
    RevisionNotFound, SecretGiven, StepNotFound, TeamNotFound, Unavailable, VersionNotFound, WebhookNotFound,
};
use names::JobPath;
use pikoci_plan::id::JobId;
use pikoci_source::Policy;
use pikoci_store::{Store, StoreError};
use problem::Problem;
use rights::{Right, Routes};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::Semaphore;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

/// How many pipelines are loaded at once.
const LOADS: usize = 4;

/// What endpoints work with.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Arc<Store>,
    core: Core,
    live: Arc<Live>,
    feeds: changes::Feeds,
    token: Token,
    /// Jobs that were named before. An id stands for its name for ever, so none of them is ever wrong.
    jobs: Mutex<HashMap<JobPath, JobId>>,
    /// What webhooks ask for.
    tokens: Tokens,
    bursts: Bursts,
    /// Which addresses pipelines may take types from.
    sources: Policy,
    /// So many pipelines are loaded at once.
    loads: Semaphore,
    draining: AtomicBool,
    description: OnceLock<String>,
    /// Under which address people reach it, without a slash at the end.
    external_url: OnceLock<String>,
}

impl App {
    /// An API over a ledger and a core; who comes by TCP shows the token. `sources` says which addresses the pipelines that
    /// are set may take types from.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn new(
        store: Arc<Store>,
        core: Core,
        live: Arc<Live>,
        token: Token,
        sources: Policy,
    ) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Parts {
            tokens: Tokens::of(&store)?,
            bursts: Bursts::default(),
            store,
            core,
            live,
            feeds: changes::Feeds::default(),
            token,
            jobs: Mutex::default(),
            sources,
            loads: Semaphore::new(LOADS),
            draining: AtomicBool::new(false),
            description: OnceLock::new(),
            external_url: OnceLock::new(),
        })))
    }

    /// Says under which address people reach this server, without a slash at the end; what is said first counts.
    pub fn reached_as(&self, url: String) {
        self.0.external_url.get_or_init(|| url);
    }

    /// Says whether the server is about to stop: then `/readyz` sends its clients elsewhere.
    pub fn set_draining(&self, draining: bool) {
        self.0.draining.store(draining, Ordering::Relaxed);
    }

    fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// The description of the API.
    fn description(&self) -> String {
        self.0.description.get_or_init(|| description().unwrap_or_default()).clone()
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

/// All endpoints.
fn endpoints() -> Routes {
    let routes = Routes::new()
        .add(Right::None, &[], routes!(health::health))
        .add(Right::None, &[], routes!(health::ready))
        .add(Right::None, &[], routes!(health::version))
        .add(Right::None, &[WebhookNotFound, Unavailable], routes!(webhooks::poke))
        .add(Right::ReadServer, &[], routes!(openapi::openapi))
        .add(Right::ReadServer, &[], routes!(workers::list))
        .add(Right::ReadBuilds, &[], routes!(overview::overview))
        .add(Right::ReadBuilds, &[], routes!(changes::of_all));
    of_builds(of_resources(of_jobs(of_pipelines(routes))))
}

fn of_pipelines(routes: Routes) -> Routes {
    let large = DefaultBodyLimit::max(MAX_BUNDLE_BYTES);
    routes
        .add(Right::ReadPipelines, &[], routes!(pipelines::list))
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(pipelines::one))
        .add(
            Right::SetPipelines,
            &[TeamNotFound, InvalidName, InvalidBundle, InvalidPipeline, SecretGiven, RevisionConflict],
            routes!(set::set).layer(large),
        )
        .add(Right::SetPipelines, &[PipelineNotFound], routes!(set::archive))
        .add(Right::PausePipelines, &[PipelineNotFound], routes!(pause::pipeline))
        .add(Right::PausePipelines, &[PipelineNotFound], routes!(pause::pipeline_on))
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(revisions::list))
        .add(Right::ReadPipelines, &[PipelineNotFound, RevisionNotFound], routes!(revisions::one))
        .add(Right::ReadBuilds, &[PipelineNotFound], routes!(changes::of_pipeline))
}

fn of_jobs(routes: Routes) -> Routes {
    let missing = [PipelineNotFound, JobNotFound];
    routes
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(jobs::list))
        .add(Right::ReadPipelines, &missing, routes!(jobs::one))
        .add(Right::PausePipelines, &missing, routes!(pause::job))
        .add(Right::PausePipelines, &missing, routes!(pause::job_on))
        .add(Right::ReadPipelines, &missing, routes!(why::of_job))
        .add(Right::ReadBuilds, &missing, routes!(builds::list))
        .add(Right::TriggerJobs, &[PipelineNotFound, JobNotFound, VersionNotFound], routes!(trigger::trigger))
        .add(Right::ReadBuilds, &[PipelineNotFound, JobNotFound, BuildNotFound], routes!(builds::by_number))
}

fn of_resources(routes: Routes) -> Routes {
    let missing = [PipelineNotFound, ResourceNotFound];
    routes
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(resources::list))
        .add(Right::ReadPipelines, &missing, routes!(resources::one))
        .add(Right::ReadPipelines, &missing, routes!(resources::versions))
        .add(
            Right::CheckResources,
            &[PipelineNotFound, ResourceNotFound, ResourceHasNoCheck],
            routes!(check::check),
        )
        .add(Right::PinResources, &[PipelineNotFound, ResourceNotFound, VersionNotFound], routes!(pin::pin))
        .add(Right::PinResources, &missing, routes!(pin::unpin))
}

fn of_builds(routes: Routes) -> Routes {
    routes
        .add(Right::ReadBuilds, &[BuildNotFound], routes!(build::one))
        .add(Right::ReadBuilds, &[BuildNotFound], routes!(why::of_build))
        .add(Right::CancelBuilds, &[BuildNotFound], routes!(cancel::cancel))
        .add(Right::TriggerJobs, &[BuildNotFound, JobNotFound, RerunDisabled], routes!(trigger::rerun))
        .add(Right::ReadBuilds, &[BuildNotFound, StepNotFound, RangeNotSatisfiable], routes!(log::log))
        .add(Right::ReadBuilds, &[BuildNotFound], routes!(events::events))
}

/// The description of the API, OpenAPI 3.1, as it is served and as it stands in the documentation.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn description() -> Result<String, serde_json::Error> {
    let mut text = endpoints().description().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}
