//! Who may do what, and the list of endpoints that keeps it: each names its right, and the problems it has beside
//! those that all have.

use super::code::Code;
use super::describe;
use super::{App, Problem};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use std::collections::BTreeMap;
use std::convert::Infallible;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

/// The most bytes of a request's body.
pub(super) const BODY_BYTES: usize = 64 * 1024;

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
    /// To hold resources at a version.
    PinResources,
    /// To set and archive pipelines.
    SetPipelines,
    /// To let pipelines and jobs rest.
    PausePipelines,
}

impl Right {
    /// In words, for the description.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::None => "nothing: anybody may",
            Self::ReadServer => "to see the server",
            Self::ReadPipelines => "to see pipelines",
            Self::ReadBuilds => "to see builds",
            Self::TriggerJobs => "to start builds",
            Self::CancelBuilds => "to end builds",
            Self::CheckResources => "to check resources",
            Self::PinResources => "to hold resources at a version",
            Self::SetPipelines => "to set pipelines",
            Self::PausePipelines => "to pause pipelines",
        }
    }
}

/// Who makes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Who owns the server's state: shows the token.
    Token,
    /// The same, who came by the Unix socket.
    Socket,
    /// Nobody that we know.
    Nobody,
}

impl Who {
    /// Whether it has a right.
    pub(super) fn may(self, right: Right) -> bool {
        match self {
            Self::Token | Self::Socket => true,
            Self::Nobody => right == Right::None,
        }
    }
}

impl Who {
    /// How the ledger names who did something.
    pub(super) fn name(self) -> String {
        match self {
            Self::Token => "owner",
            Self::Socket => "socket",
            Self::Nobody => "nobody",
        }
        .to_owned()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self::Nobody))
    }
}

/// Endpoints, each with the right it needs, and their description.
pub(super) struct Routes {
    description: OpenApi,
    /// By path; and whether something of it is for anybody.
    paths: BTreeMap<String, (MethodRouter<App>, bool)>,
}

impl Routes {
    pub(super) fn new() -> Self {
        Self { description: describe::base(), paths: BTreeMap::new() }
    }

    /// Adds an endpoint. `codes` are the problems it has beside those that follow from what it takes.
    pub(super) fn add(
        mut self,
        right: Right,
        codes: &[Code],
        (schemas, paths, methods): UtoipaMethodRouter<App>,
    ) -> Self {
        let guarded = methods
            .route_layer(middleware::from_fn(move |who, request, next| guard(right, who, request, next)));
        for path in paths.paths.keys() {
            let (mut there, mut is_open) = self.paths.remove(path).unwrap_or_default();
            there = there.merge(guarded.clone());
            is_open |= right == Right::None;
            self.paths.insert(path.clone(), (there, is_open));
        }
        describe::add(&mut self.description, right, codes, schemas, paths);
        self
    }

    /// The description of all that was added.
    pub(super) fn description(&self) -> &OpenApi {
        &self.description
    }

    pub(super) fn into_router(self, app: App) -> Router {
        let mut router = Router::new();
        for (path, (methods, is_open)) in self.paths {
            let wrong_method = async move |who: Who| unknown(who, is_open, Problem::no_such_method());
            router = router.route(&path, methods.fallback(wrong_method));
        }
        router
            .fallback(async |who: Who| unknown(who, false, Problem::no_such_page()))
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(app)
    }
}

async fn guard(right: Right, who: Who, request: Request, next: Next) -> Response {
    if who.may(right) { next.run(request).await } else { Problem::not_authenticated().into_response() }
}

/// What there is, is nothing for those that we do not know.
fn unknown(who: Who, is_open: bool, problem: Problem) -> Problem {
    if is_open || who.may(Right::ReadServer) { problem } else { Problem::not_authenticated() }
}
