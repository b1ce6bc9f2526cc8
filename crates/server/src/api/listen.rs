//! Where the API is served: a TCP port, where a token is asked for, and a Unix socket that only its owner can open.

use super::rights::Who;
use super::stalled::Patient;
use super::{App, Parts, endpoints};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Router};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

/// The API being served. It ends when this is dropped.
pub struct Serving(JoinSet<std::io::Result<()>>);

impl Serving {
    /// Waits until one of the listeners fails, and says why.
    pub async fn failed(&mut self) -> std::io::Error {
        match self.0.join_next().await {
            Some(Ok(Err(error))) => error,
            _ => std::io::Error::other("a listener ended"),
        }
    }
}

/// Serves the API on both.
pub fn serve(app: App, tcp: TcpListener, unix: UnixListener) -> Serving {
    let router = endpoints().into_router(app.clone());
    let by_token = router.clone().layer(middleware::from_fn_with_state(Arc::clone(&app.0), authenticate));
    let by_socket: Router = router.layer(Extension(Who::Socket));
    let mut serving = JoinSet::new();
    let tcp = axum::serve::ListenerExt::tap_io(tcp, |stream| {
        // Answers are small: none is to wait for more.
        let _as_slow_as_before = stream.set_nodelay(true);
    });
    serving.spawn(async move { axum::serve(Patient(tcp), by_token).await });
    serving.spawn(async move { axum::serve(Patient(unix), by_socket).await });
    Serving(serving)
}

/// Says who makes the request.
async fn authenticate(State(parts): State<Arc<Parts>>, mut request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let who = if token.is_some_and(|token| parts.token.is(token)) { Who::Token } else { Who::Nobody };
    request.extensions_mut().insert(who);
    next.run(request).await
}
