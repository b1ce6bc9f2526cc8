//! The HTTP API, a file per endpoint. Base `/api/v1`, JSON; errors are problems ([`problem`]).
//!
//! [`endpoints`] lists all endpoints. Each names the right that it needs; one that does not does not compile.

#![expect(unused_qualifications, reason = "what utoipa makes of the parameters of an endpoint has some")]

mod body;
mod build;
mod builds;
mod cancel;
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
mod page;
mod pipelines;
mod problem;
mod resources;
mod rights;
mod trigger;
mod view;
mod webhooks;

pub use listen::{Serving, serve};

use crate::auth::Token;
use crate::core::Core;
use crate::live::Live;
use crate::webhook::{Coalesced, Tokens};
use code::Code;
use names::JobPath;
use pikoci_plan::id::JobId;
use pikoci_protocol::server::{self, Answer};
use pikoci_store::{Store, StoreError};
use problem::Problem;
use rights::{Right, Routes};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use utoipa_axum::routes;

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
    /// What webhooks ask for.
    tokens: Tokens,
    pokes: Coalesced<Result<Answer, server::Problem>>,
    draining: AtomicBool,
    description: OnceLock<String>,
}

impl App {
    /// An API over a ledger and a core; who comes by TCP shows the token.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn new(store: Arc<Store>, core: Core, live: Arc<Live>, token: Token) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Parts {
            tokens: Tokens::of(&store)?,
            pokes: Coalesced::default(),
            store,
            core,
            live,
            token,
            jobs: Mutex::default(),
            draining: AtomicBool::new(false),
            description: OnceLock::new(),
        })))
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
    use Code::{
        BuildNotFound, JobNotFound, PipelineNotFound, RangeNotSatisfiable, ResourceHasNoCheck,
        ResourceNotFound, StepNotFound, Unavailable, WebhookNotFound,
    };
    Routes::new()
        .add(Right::None, &[], routes!(health::health))
        .add(Right::None, &[], routes!(health::ready))
        .add(Right::None, &[], routes!(health::version))
        .add(Right::ReadServer, &[], routes!(openapi::openapi))
        .add(Right::ReadPipelines, &[], routes!(pipelines::list))
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(pipelines::one))
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(jobs::list))
        .add(Right::ReadPipelines, &[PipelineNotFound, JobNotFound], routes!(jobs::one))
        .add(Right::ReadBuilds, &[PipelineNotFound, JobNotFound], routes!(builds::list))
        .add(Right::TriggerJobs, &[PipelineNotFound, JobNotFound], routes!(trigger::trigger))
        .add(Right::ReadBuilds, &[PipelineNotFound, JobNotFound, BuildNotFound], routes!(builds::by_number))
        .add(Right::ReadBuilds, &[BuildNotFound], routes!(build::one))
        .add(Right::CancelBuilds, &[BuildNotFound], routes!(cancel::cancel))
        .add(Right::ReadBuilds, &[BuildNotFound, StepNotFound, RangeNotSatisfiable], routes!(log::log))
        .add(Right::ReadBuilds, &[BuildNotFound], routes!(events::events))
        .add(Right::ReadPipelines, &[PipelineNotFound], routes!(resources::list))
        .add(Right::ReadPipelines, &[PipelineNotFound, ResourceNotFound], routes!(resources::one))
        .add(Right::ReadPipelines, &[PipelineNotFound, ResourceNotFound], routes!(resources::versions))
        .add(
            Right::CheckResources,
            &[PipelineNotFound, ResourceNotFound, ResourceHasNoCheck],
            routes!(check::check),
        )
        .add(Right::None, &[WebhookNotFound, Unavailable], routes!(webhooks::poke))
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
