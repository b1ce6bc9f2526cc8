//! Starting and stopping the parts of a server, in order.

use super::{Args, DbSystem};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::machine::given;
use crate::pipeline_file::{load_from_disk, summary};
use crate::terminal::print;
use pikoci_bus::in_process::Wire;
use pikoci_executor::{Given, Home, HomeError};
use pikoci_protocol::server::{Answer, Request};
use pikoci_server::api::{App, serve as serve_api};
use pikoci_server::auth::Token;
use pikoci_server::core::Core;
use pikoci_server::socket::{Socket, runtime_directory};
use pikoci_server::{Live, set};
use pikoci_store::Store;
use pikoci_worker::{Config, WorkerError};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The team of all pipelines, as long as there is only one.
const TEAM: &str = "main";

/// Runs a server until INT or TERM.
pub(super) async fn serve(args: &Args) -> Result<Exit, Failure> {
    let mut stop = Stop::listen()?;
    let loaded = args.pipeline_config.as_deref().map(|path| load(args, path)).transpose()?;
    let store = Arc::new(open(args)?);
    let (tcp, address) = bind(args).await?;
    let (socket, unix) = bind_socket(args, address.port())?;
    let (token, shown) = Token::of(&store).map_err(|error| Failure::errored(error.to_string()))?;
    let (wire, live) = (Wire::new(), Arc::new(Live::default()));
    let base_url = format!("http://{address}");
    let core = Core::start(Arc::clone(&store), wire.clone(), Arc::clone(&live), base_url.clone())
        .map_err(|error| Failure::errored(format!("cannot start: {error}")))?;

    let mut job = None;
    let mut lines = vec![format!("pikoci {} on {base_url}, {}", env!("CARGO_PKG_VERSION"), kept_in(args))];
    let mut secrets = BTreeMap::new();
    if let Some(Loaded { revision, summary, secrets: of_pipeline }) = loaded {
        let name = revision.name.clone();
        secrets.insert(name.clone(), of_pipeline);
        job = revision.jobs.first().map(|job| job.name.clone());
        let set = core.request(Request::SetPipeline(Box::new(revision))).await;
        let Ok(Answer::Set { revision, .. }) = set else {
            return Err(Failure::errored(format!("pipeline {name} could not be set: {set:?}")));
        };
        lines.push(format!("pipeline {name}: {summary}, revision {revision}"));
    }
    let app = App::new(Arc::clone(&store), core, live, token)
        .map_err(|error| Failure::errored(error.to_string()))?;
    let mut serving = serve_api(app, tcp, unix);
    let mut worker = args.run_worker.then(|| Worker::start(args, &wire, secrets));
    lines.extend(hints(args, shown, socket.path(), job.as_deref()));
    print(&format!("{}\n", lines.join("\n")))?;

    let failed = tokio::select! {
        () = stop.wait() => None,
        error = serving.failed() => Some(Failure::errored(format!("cannot serve any more: {error}"))),
        failure = Worker::failed(worker.as_mut()) => Some(failure),
    };
    drop(socket);
    if let Some(worker) = worker {
        worker.stop().await?;
    }
    match failed {
        Some(failure) => Err(failure),
        None => Ok(Exit::Succeeded),
    }
}

/// The pipeline to set.
struct Loaded {
    revision: pikoci_engine::part::SetPipeline,
    /// What is in it, in a few words.
    summary: String,
    /// Values of its secret variables. They live here only: the ledger never has them.
    secrets: Given,
}

fn load(args: &Args, path: &Path) -> Result<Loaded, Failure> {
    let from_disk = load_from_disk(Some(path), args.pipeline_name.as_deref(), &args.variables)?;
    let source = from_disk.source.clone();
    let pipeline = from_disk.pipeline()?;
    let summary = summary(&pipeline);
    let secrets = given(&pipeline);
    let revision = set::revision(TEAM, &pipeline, source);
    let revision = revision.map_err(|error| Failure::bad_input(error.to_string()))?;
    Ok(Loaded { revision, summary, secrets })
}

fn open(args: &Args) -> Result<Store, Failure> {
    let opened = match args.db_system {
        DbSystem::Mem => Store::memory(),
        DbSystem::Sqlite => Store::open(&args.db_name),
    };
    opened.map_err(|error| Failure::errored(error.to_string()))
}

fn kept_in(args: &Args) -> String {
    match args.db_system {
        DbSystem::Mem => "in memory: all is gone when it ends".into(),
        DbSystem::Sqlite => format!("kept in {}", args.db_name.display()),
    }
}

async fn bind(args: &Args) -> Result<(TcpListener, SocketAddr), Failure> {
    let wanted = SocketAddr::new(args.host, args.port);
    let bound = async {
        let listener = TcpListener::bind(wanted).await?;
        let address = listener.local_addr()?;
        Ok::<_, io::Error>((listener, address))
    };
    bound.await.map_err(|error| {
        Failure::errored(format!("cannot listen on {wanted}: {error}"))
            .hint("choose another port with --port; 0 is any free one")
    })
}

fn bind_socket(args: &Args, port: u16) -> Result<(Socket, UnixListener), Failure> {
    let path = match args.db_system {
        DbSystem::Mem => runtime_directory().map(|directory| directory.join(format!("{port}.sock"))),
        DbSystem::Sqlite => Ok(beside(&args.db_name, ".sock")),
    };
    let path = path.map_err(|error| Failure::errored(format!("cannot make the socket: {error}")))?;
    Socket::bind(&path)
        .map_err(|error| Failure::errored(format!("cannot make the socket {}: {error}", path.display())))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What to do next.
fn hints(args: &Args, token: Option<String>, socket: &Path, job: Option<&str>) -> Vec<String> {
    let mut lines = vec![format!("socket: {} (pikoci on this machine needs no login)", socket.display())];
    lines.extend(token.map(|token| format!("token, shown this once: {token}")));
    lines.push(match args.run_worker {
        true => {
            let job = job.unwrap_or("JOB");
            format!("look: `pikoci job list`, `pikoci build list`, `pikoci build watch {job}#last`")
        }
        false => "no worker: builds stay pending. Start with --run-worker to run them".into(),
    });
    lines.push("ready".into());
    lines
}

/// The worker in this process.
struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Worker {
    /// Starts it; sweeping what a killed one left may take a while, and the server does not wait for that.
    fn start(args: &Args, wire: &Wire, given: BTreeMap<String, Given>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let settings = args.environment.settings();
        let directory = args.work_dir.clone();
        let (system, beside_db) = (args.db_system, beside(&args.db_name, ".worker"));
        let open = move || match (directory, system) {
            (Some(directory), _) => Home::open(&directory, settings),
            (None, DbSystem::Sqlite) => Home::open(&beside_db, settings),
            (None, DbSystem::Mem) => Home::temporary(Path::new("/tmp"), settings),
        };
        let slots = args.slots.map_or_else(cores, |slots| slots as usize);
        let config = Config { slots, checks: args.check_slots as usize, given };
        let wire = wire.clone();
        let task = tokio::spawn(async move {
            let home = tokio::task::spawn_blocking(open).await;
            let home = home.map_err(|error| WorkerError::Left {
                path: PathBuf::from("the work directory"),
                error: io::Error::other(error),
            })?;
            pikoci_worker::run(home?, config, wire, stopped).await
        });
        Self { stop, task }
    }

    /// Why it ended by itself; never, where there is none.
    async fn failed(worker: Option<&mut Self>) -> Failure {
        let Some(worker) = worker else { return std::future::pending().await };
        match (&mut worker.task).await {
            Ok(Err(error)) => failure(&error),
            Ok(Ok(())) => Failure::errored("the worker ended"),
            Err(error) => Failure::errored(format!("the worker failed: {error}")),
        }
    }

    /// Cancels what runs, and waits until it has ended and its results are stored.
    async fn stop(mut self) -> Result<(), Failure> {
        if self.task.is_finished() {
            return Ok(());
        }
        self.stop.send_replace(true);
        match (&mut self.task).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(error) => Err(Failure::errored(format!("the worker failed: {error}"))),
        }
    }
}

fn failure(error: &WorkerError) -> Failure {
    let failure = Failure::errored(format!("the worker cannot work: {error}"));
    match error {
        WorkerError::Home(HomeError::Locked { .. }) => failure.hint("name another one with --work-dir"),
        _ => failure,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// INT and TERM.
struct Stop {
    int: tokio::signal::unix::Signal,
    term: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::errored(format!("cannot start: {error}")));
        Ok(Self { int: listen(SignalKind::interrupt())?, term: listen(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.int.recv() => {}
            _ = self.term.recv() => {}
        }
    }
}
