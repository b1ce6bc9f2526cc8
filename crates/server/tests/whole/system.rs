//! Server and worker in this process, and a client.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use pikoci_bus::in_process::Wire;
use pikoci_engine::part::SetPipeline;
use pikoci_executor::{Given, Home, Settings};
use pikoci_lang::{LoadInput, NoFiles, SourceFile, Variables, load};
use pikoci_protocol::server::Request as Wish;
use pikoci_server::api::{App, Serving, serve};
use pikoci_server::auth::Token;
use pikoci_server::core::Core;
use pikoci_server::socket::Socket;
use pikoci_server::{Live, set};
use pikoci_source::Policy;
use pikoci_store::Store;
use pikoci_testkit::apart::Apart;
use pikoci_worker::{Config, Stop, WorkerError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

mod described;

pub(crate) struct System {
    /// Before the directory, to which nothing may write when that goes.
    worker: Option<(watch::Sender<Stop>, Working)>,
    pub(crate) store: Arc<Store>,
    pub(crate) token: String,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) app: App,
    address: SocketAddr,
    _serving: Serving,
    _socket: Socket,
}

type Working = Apart<Result<(), WorkerError>>;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Which problem it is; empty if it is none.
    pub(crate) fn code(&self) -> String {
        match self.headers.get("content-type") {
            Some(kind) if kind == "application/problem+json" => {
                self.json()["code"].as_str().unwrap().to_owned()
            }
            _ => String::new(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl System {
    /// In memory, with a worker of two slots.
    pub(crate) async fn start(pipeline: &str) -> Self {
        Self::with(pipeline, |_| Store::memory().unwrap(), 2).await
    }

    /// On a ledger; with no slot there is no worker.
    pub(crate) async fn with(
        pipeline: &str,
        store: impl FnOnce(&std::path::Path) -> Store,
        slots: usize,
    ) -> Self {
        Self::given(pipeline, &[], store, slots).await
    }

    /// With values for the pipeline's variables.
    pub(crate) async fn given(
        pipeline: &str,
        variables: &[(&str, &str)],
        store: impl FnOnce(&std::path::Path) -> Store,
        slots: usize,
    ) -> Self {
        let (revision, given) = loaded(pipeline, variables);
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(store(directory.path()));
        let (token, text) = Token::of(&store).unwrap();
        let (wire, live) = (Wire::new(), Arc::new(Live::default()));
        let core = Core::start(Arc::clone(&store), wire.clone(), Arc::clone(&live), "http://test".into());
        let core = core.unwrap();
        core.request(Wish::SetPipeline(Box::new(revision))).await.unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (socket, unix) = Socket::bind(&directory.path().join("sock")).unwrap();
        let app = App::new(Arc::clone(&store), core, live, token, Policy::PUBLIC).unwrap();
        let serving = serve(app.clone(), tcp, unix);
        let worker = (slots > 0).then(|| {
            let home = Home::open(&directory.path().join("worker"), Settings::default()).unwrap();
            let (stop, stopped) = watch::channel(Stop::No);
            let config = Config {
                slots,
                checks: 2,
                given: BTreeMap::from([("test".to_owned(), given)]),
                ..Config::default()
            };
            let worker = Apart::start(move || pikoci_worker::run(home, config, wire, stopped)).unwrap();
            (stop, worker)
        });
        let token = text.unwrap();
        Self { store, token, directory, app, address, _serving: serving, _socket: socket, worker }
    }

    /// Stops the worker as a server does at its end.
    pub(crate) async fn stop_worker(&mut self) {
        let (stop, mut worker) = self.worker.take().unwrap();
        stop.send_replace(Stop::Cancel);
        worker.done().await.unwrap().unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }

    /// A request with the token.
    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask_with(method, path, headers, Bytes::new()).await
    }

    /// The same with a body.
    pub(crate) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [&[("authorization", token.as_str())], headers].concat();
        self.answer(method, path, &headers, body.into()).await
    }

    /// A request without the token.
    pub(crate) async fn as_nobody(&self, method: Method, path: &str) -> Answer {
        self.answer(method, path, &[], Bytes::new()).await
    }

    /// An answer; a problem is one that the description knows.
    async fn answer(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path).header("host", "test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.send(request.body(Full::new(body)).unwrap()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer = Answer { status, headers, body };
        described::check(&method, path, &answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    /// A build of a job for a key.
    pub(crate) async fn trigger(&self, job: &str, key: &str) -> Answer {
        let path = format!("/api/v1/teams/main/pipelines/test/jobs/{job}/builds");
        self.ask(Method::POST, &path, &[("idempotency-key", key)]).await
    }

    /// The id of a new build.
    pub(crate) async fn build_of(&self, job: &str) -> String {
        let key = format!("{:x}", rand::random::<u64>());
        let answer = self.trigger(job, &key).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// The events of a build until its end, each as kind, id and data.
    pub(crate) async fn events(&self, build: &str, after: Option<&str>) -> Vec<(String, String, Value)> {
        let path = format!("/api/v1/builds/{build}/events");
        let header: Vec<_> = after.map(|id| ("last-event-id", id)).into_iter().collect();
        let answer = self.ask(Method::GET, &path, &header).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().split("\n\n").filter(|event| event.contains("data:")).map(parse_event).collect()
    }

    /// The build once it has ended.
    pub(crate) async fn ended(&self, build: &str) -> Value {
        self.events(build, None).await.pop().unwrap().2
    }

    /// A file for a task to say something with.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

pub(crate) fn parse_event(text: &str) -> (String, String, Value) {
    let field = |name: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
    };
    (field("event"), field("id"), serde_json::from_str(&field("data")).unwrap())
}

/// A revision, and the values of its secrets that came with it.
fn loaded(text: &str, variables: &[(&str, &str)]) -> (SetPipeline, Given) {
    let flags = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let input = LoadInput {
        name: "test".into(),
        files: vec![SourceFile::new("pipeline.hcl".to_owned(), text.as_bytes().to_vec())],
        variables: Variables { flags, ..Variables::default() },
    };
    let loaded = load(&input, &NoFiles);
    let pipeline = loaded.pipeline.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let given = Given(pipeline.given.values().clone());
    (set::revision("main", &pipeline, text.to_owned(), "test").unwrap(), given)
}

/// A job that runs a script.
pub(crate) fn job(name: &str, script: &str) -> String {
    format!(
        "job \"{name}\" {{\n  task \"{name}-task\" {{\n    run \"exec\" {{\n      path = \"/bin/sh\"\n      \
         args = [\"-c\", <<-SCRIPT\n{script}\nSCRIPT\n      ]\n    }}\n  }}\n}}\n"
    )
}
