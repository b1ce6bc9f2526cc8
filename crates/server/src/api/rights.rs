//! Who may do what.

use super::{App, Problem};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

/// The most bytes of a request's body.
const BODY_BYTES: usize = 64 * 1024;

/// What an endpoint needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Nothing: anybody may.
    None,
    /// To see the server itself.
    ReadServer,
    /// To see pipelines, jobs and resources.
    ReadPipelines,
    /// To see builds and their logs.
    ReadBuilds,
    /// To start builds.
    TriggerJobs,
    /// To end builds.
    CancelBuilds,
    /// To check resources.
    CheckResources,
}

/// Who makes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Who owns the server's state: came by the Unix socket, or shows the token.
    Owner,
    /// Nobody that we know.
    Nobody,
}

impl Who {
    /// Whether it has a right.
    fn may(self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Nobody => right == Right::None,
        }
    }
}

/// Endpoints, each with the right it needs.
pub(super) struct Routes(Router<App>);

impl Routes {
    pub(super) fn new() -> Self {
        Self(Router::new())
    }

    pub(super) fn get<H: Handler<T, App>, T: 'static>(self, path: &str, right: Right, handler: H) -> Self {
        self.add(path, right, get(handler))
    }

    pub(super) fn post<H: Handler<T, App>, T: 'static>(self, path: &str, right: Right, handler: H) -> Self {
        self.add(path, right, post(handler))
    }

    fn add(self, path: &str, right: Right, methods: MethodRouter<App>) -> Self {
        let guarded = methods.layer(middleware::from_fn(move |request, next| guard(right, request, next)));
        Self(self.0.route(path, guarded))
    }

    pub(super) fn into_router(self, app: App) -> Router {
        self.0
            .fallback(async || Problem::no_such_page())
            .method_not_allowed_fallback(async || Problem::no_such_method())
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(app)
    }
}

async fn guard(right: Right, request: Request, next: Next) -> Response {
    let who = request.extensions().get::<Who>().copied().unwrap_or(Who::Nobody);
    if who.may(right) { next.run(request).await } else { Problem::not_authenticated().into_response() }
}
