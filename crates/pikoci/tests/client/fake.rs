//! A server that answers from a script, and the binary that asks it.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The id of the build that the scripts speak of.
pub(crate) const ID: &str = "01JDF3M8Z0QW2E4R6T8Y0V2X4Z";

/// How an answer's body ends.
#[derive(Clone, Copy)]
enum Ending {
    /// Properly.
    Whole,
    /// The connection breaks.
    Broken,
    /// Never.
    Open,
}

/// One answer.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    kind: &'static str,
    body: Bytes,
    times: usize,
    ending: Ending,
}

impl Reply {
    fn new(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, kind, body: body.into(), times: 1, ending: Ending::Whole }
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    pub(crate) fn problem(status: u16, code: &str, detail: &str) -> Self {
        let body = json!({ "type": format!("/docs/errors/{code}"), "title": "No", "status": status, "code": code,
            "detail": detail });
        Self::new(status, "application/problem+json", body.to_string())
    }

    pub(crate) fn text(body: impl Into<Bytes>) -> Self {
        Self::new(200, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn events(body: impl Into<Bytes>) -> Self {
        Self::new(200, "text/event-stream", body)
    }

    /// The body so many times over, made as it is read.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// The connection breaks after the body.
    pub(crate) fn broken(self) -> Self {
        Self { ending: Ending::Broken, ..self }
    }

    /// Nothing comes after the body, not even its end.
    pub(crate) fn open(self) -> Self {
        Self { ending: Ending::Open, ..self }
    }

    /// An answer without a body.
    pub(crate) fn nothing() -> Self {
        Self::new(204, "application/json", "")
    }

    /// With that status.
    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    fn into_response(self) -> Response {
        let pieces = stream::iter(std::iter::repeat_n(self.body, self.times)).map(Ok);
        let body = match self.ending {
            Ending::Whole => Body::from_stream(pieces),
            Ending::Broken => {
                // The pause lets what was sent be received before the connection is gone.
                let broken = stream::once(async {
                    tokio::task::yield_now().await;
                    Err(std::io::Error::other("broken"))
                });
                Body::from_stream(pieces.chain(broken))
            }
            Ending::Open => Body::from_stream(pieces.chain(stream::pending())),
        };
        Response::builder().status(self.status).header("content-type", self.kind).body(body).unwrap()
    }
}

/// What was asked: the method with path and query, the headers, and the body (null where there is none).
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Script {
    replies: HashMap<String, VecDeque<Reply>>,
    asked: Vec<Asked>,
}

/// The server, and a directory for its socket and the commands that ask it.
pub(crate) struct Fake {
    script: Arc<Mutex<Script>>,
    pub(crate) dir: TempDir,
    pub(crate) url: String,
}

impl Fake {
    /// A server with the pipeline `shop` (jobs `test` and `build`, resource `git.app`).
    pub(crate) fn start() -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let dir = tempfile::tempdir().unwrap();
        let (socket, state) = (dir.path().join("fake.sock"), script.clone());
        let (send, ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || serve(&socket, state, &send));
        let fake = Self { script, dir, url: ready.recv().unwrap() };
        fake.on(
            "GET /api/v1/teams/main/pipelines?limit=200",
            Reply::json(&json!({ "items": [
            { "id": "p1", "team": "main", "name": "shop", "revision": 3,
              "jobs": [{ "name": "test", "id": "j1" }, { "name": "build", "id": "j2" }],
              "resources": [{ "name": "git.app", "id": "r1" }] },
        ], "next": null })),
        );
        fake
    }

    /// Adds an answer to a request. The last one stays.
    pub(crate) fn on(&self, line: &str, reply: Reply) -> &Self {
        self.script.lock().unwrap().replies.entry(line.into()).or_default().push_back(reply);
        self
    }

    /// What was asked of a path that holds this text.
    pub(crate) fn asked(&self, part: &str) -> Vec<Asked> {
        let script = self.script.lock().unwrap();
        script.asked.iter().filter(|asked| asked.line.contains(part)).cloned().collect()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("fake.sock")
    }

    /// A command that asks over the socket.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = pikoci(self.dir.path(), args);
        command.arg("--socket").arg(self.socket());
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }
}

/// The binary in a directory, with an environment that holds nothing of ours.
pub(crate) fn pikoci(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pikoci"));
    command.args(args).current_dir(dir).env_clear();
    command
}

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn serve(socket: &Path, state: Arc<Mutex<Script>>, ready: &std::sync::mpsc::Sender<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let app = Router::new().fallback(answer).with_state(state);
        let unix = tokio::net::UnixListener::bind(socket).unwrap();
        let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        ready.send(format!("http://{}", tcp.local_addr().unwrap())).unwrap();
        let over_tcp = axum::serve(tcp, app.clone());
        let _ = tokio::join!(axum::serve(unix, app).into_future(), over_tcp.into_future());
    });
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = axum::body::to_bytes(request.into_body(), 8 * 1024 * 1024).await.unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let mut script = script.lock().unwrap();
    script.asked.push(Asked { line: line.clone(), headers, body });
    let reply = match script.replies.get_mut(&line) {
        Some(replies) if replies.len() > 1 => replies.pop_front(),
        Some(replies) => replies.front().cloned(),
        None => None,
    };
    let missing = || Reply::problem(404, "not_found", &format!("the script has no answer to {line}"));
    reply.unwrap_or_else(missing).into_response()
}

/// A build as the API tells it.
pub(crate) fn build(number: impl ToString, status: &str) -> Value {
    json!({
        "id": ID, "number": number.to_string(), "team": "main", "pipeline": "shop", "job": "test", "status": status,
        "cancelling": false, "message": null, "waiting_for": null,
        "cause": { "kind": "version", "detail": "git.app ref=3f2a91c" },
        "created_at": "2026-11-24T10:00:00.000000Z", "started_at": null, "ended_at": null,
        "duration_ms": if status == "pending" { Value::Null } else { json!(3449) },
        "worker": null, "attempt": null, "inputs": [], "steps": [],
    })
}

/// The path of pipeline `shop`.
pub(crate) const SHOP: &str = "/api/v1/teams/main/pipelines/shop";

/// The path of job `test`.
pub(crate) const TEST: &str = "/api/v1/teams/main/pipelines/shop/jobs/test";
