//! A git server over HTTP for tests: `git http-backend`, which is git's own, behind a small CGI server on
//! 127.0.0.1. Anyone may clone and push. Bodies of any length go through, chunked and compressed ones too.

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use futures_util::StreamExt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::oneshot;
use tokio_util::io::ReaderStream;

/// The server; it stops when this is dropped.
#[derive(Debug)]
pub struct GitHttp {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl GitHttp {
    /// Serves the repositories below a folder, on a free port. It has a thread of its own, so that tests without
    /// a runtime can use it too.
    pub fn start(root: &Path) -> Result<Self> {
        let root = root.canonicalize().with_context(|| format!("{} cannot be served", root.display()))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("git-http".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = serve(listener, root) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, with what stands before a repository's path: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the process ends.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for GitHttp {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn serve(listener: TcpListener, root: PathBuf) -> std::io::Result<()> {
    let router = Router::new().fallback(answer).with_state(Arc::new(root));
    axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await
}

async fn answer(State(root): State<Arc<PathBuf>>, request: Request) -> Response<Body> {
    backend(&root, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(format!("{error:#}\n")));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// One request through the backend. Its process ends with the response's body, or with the connection.
async fn backend(root: &Path, request: Request) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let mut child = Command::new("git")
        .arg("http-backend")
        .envs(meta_variables(root, &head))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start git http-backend")?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(anyhow!("git http-backend was started without its pipes"));
    };
    tokio::spawn(pass_on(body, input));
    let mut output = BufReader::new(output);
    let (status, headers) = cgi_head(&mut output).await?;
    // The stream owns the child, so that it lives as long as its output is read, and is reaped.
    let chunks = ReaderStream::new(output)
        .chain(futures_util::stream::once(async move { child.wait().await.map(|_| Bytes::new()) }));
    let mut response = Response::new(Body::from_stream(chunks));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The variables of RFC 3875, and those of `git help http-backend`. Without a `CONTENT_LENGTH` (a chunked body)
/// it reads to the end.
fn meta_variables(root: &Path, head: &axum::http::request::Parts) -> Vec<(&'static str, String)> {
    let text =
        |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut variables = vec![
        ("GIT_PROJECT_ROOT", root.display().to_string()),
        ("GIT_HTTP_EXPORT_ALL", "1".into()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_COUNT", "1".into()),
        ("GIT_CONFIG_KEY_0", "http.receivepack".into()),
        ("GIT_CONFIG_VALUE_0", "true".into()),
        ("REMOTE_ADDR", Ipv4Addr::LOCALHOST.to_string()),
        ("REQUEST_METHOD", head.method.to_string()),
        ("PATH_INFO", head.uri.path().to_owned()),
        ("QUERY_STRING", head.uri.query().unwrap_or_default().to_owned()),
    ];
    let passed_on = [
        ("CONTENT_TYPE", header::CONTENT_TYPE),
        ("CONTENT_LENGTH", header::CONTENT_LENGTH),
        ("HTTP_CONTENT_ENCODING", header::CONTENT_ENCODING),
        ("GIT_PROTOCOL", HeaderName::from_static("git-protocol")),
    ];
    for (variable, name) in passed_on {
        if let Some(value) = text(name) {
            variables.push((variable, value));
        }
    }
    variables
}

/// The request's body into the backend. A backend that has read enough closes its end: that is no error.
async fn pass_on(body: Body, mut input: ChildStdin) {
    let mut chunks = body.into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        if input.write_all(&chunk).await.is_err() {
            return;
        }
    }
}

/// The headers of a CGI response (RFC 3875, section 6), up to the empty line.
async fn cgi_head(output: &mut BufReader<impl AsyncRead + Unpin>) -> Result<(StatusCode, HeaderMap)> {
    let mut status = StatusCode::OK;
    let mut headers = HeaderMap::new();
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await? == 0 {
            return Err(anyhow!("git http-backend ended before it answered"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').with_context(|| format!("no header: {line}"))?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            status =
                StatusCode::from_bytes(code.as_bytes()).with_context(|| format!("no status: {value}"))?;
        } else {
            headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
    }
}
