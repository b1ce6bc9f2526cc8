//! Starting and stopping the parts of a server, in order.

use super::configured::load;
use super::drain::{self, Signals};
use super::worker::Worker;
use super::{Args, place::place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{note, print};
use pikoci_bus::in_process::Wire;
use pikoci_server::Live;
use pikoci_server::api::{App, Serving, serve as serve_api};
use pikoci_server::auth::Token;
use pikoci_server::core::Core;
use pikoci_server::socket::{Socket, runtime_directory};
use pikoci_source::Policy;
use pikoci_store::Store;
use pikoci_worker::Stop;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};

/// Runs a server until a signal ends it.
pub(super) async fn serve(args: &Args) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let configured = args.pipeline_config.as_deref().map(|path| load(args, path)).transpose()?;
    let db = place(args)?;
    make_work_dir(args)?;
    let store = Arc::new(open(db.as_deref())?);
    let (tcp, address) = bind(args).await?;
    let (socket, unix) = bind_socket(db.as_deref(), address.port())?;
    let (token, shown) = Token::of(&store).map_err(|error| Failure::errored(error.to_string()))?;
    let (wire, live) = (Wire::new(), Arc::new(Live::default()));
    let base_url = args.external_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let core = Core::start(Arc::clone(&store), wire.clone(), Arc::clone(&live), base_url.clone())
        .map_err(|error| Failure::errored(format!("cannot start: {error}")))?;

    let mut job = None;
    let mut lines = vec![greeting(args, address, db.as_deref())];
    let mut secrets = BTreeMap::new();
    if let Some(configured) = configured {
        secrets.insert(configured.name().to_owned(), configured.secrets.clone());
        job = configured.first_job();
        lines.push(configured.set(&store, &core).await?);
    }
    let sources = if args.allow_private_sources { Policy::PRIVATE } else { Policy::PUBLIC };
    let app = App::new(Arc::clone(&store), core, live, token, sources)
        .map_err(|error| Failure::errored(error.to_string()))?;
    if let Some(url) = args.external_url.clone() {
        app.reached_as(url);
    }
    lines.extend(hints(args, shown, socket.path(), job.as_deref()));
    // Before the first answer, so that who waits for that finds the token; what comes meanwhile waits in the listeners.
    print(&format!("{}\n", lines.join("\n")))?;
    let mut serving = serve_api(app.clone(), tcp, unix);
    let mut worker = args.run_worker.then(|| Worker::start(args, &wire, secrets, db.as_deref()));

    let ended = until_end(args, &app, &mut signals, &mut serving, worker.as_mut()).await;
    drop(socket);
    ended.map(|()| Exit::Succeeded)
}

/// Serves until a signal, or trouble, has ended all that runs. Answers are given to the last.
async fn until_end(
    args: &Args,
    app: &App,
    signals: &mut Signals,
    serving: &mut Serving,
    mut worker: Option<&mut Worker>,
) -> Result<(), Failure> {
    let failed = tokio::select! {
        asked = signals.next() => Ok(asked),
        error = serving.failed() => Err(Failure::errored(format!("cannot serve any more: {error}"))),
        failure = Worker::failed(worker.as_deref_mut()) => Err(failure),
    };
    app.set_draining(true);
    let Some(worker) = worker else { return failed.map(drop) };
    let mut stop = match &failed {
        Ok(asked) => drain::next(Stop::No, *asked, args.drain_timeout),
        Err(_) => Stop::Cancel,
    };
    loop {
        worker.stop.send_replace(stop);
        // Of one that has failed nothing is left to end.
        if !worker.is_over() {
            note(&drain::told(stop));
        }
        let asked = tokio::select! {
            ended = worker.ended() => return failed.map(drop).and(ended),
            asked = signals.next() => asked,
        };
        stop = drain::next(stop, asked, args.drain_timeout);
    }
}

/// Made before anything is said, so that a worker that could not begin ends the start.
fn make_work_dir(args: &Args) -> Result<(), Failure> {
    let Some(directory) = args.work_dir.as_ref().filter(|_| args.run_worker) else { return Ok(()) };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| {
        Failure::errored(format!("cannot make the worker's directory {}: {error}", directory.display()))
            .hint("name another one with --work-dir")
    })
}

fn open(db: Option<&Path>) -> Result<Store, Failure> {
    let opened = db.map_or_else(Store::memory, Store::open);
    opened.map_err(|error| Failure::errored(error.to_string()))
}

/// Where it listens, under which address people reach it, and where its history is.
fn greeting(args: &Args, address: SocketAddr, db: Option<&Path>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let reached = args.external_url.as_ref().map(|url| format!(", reached as {url}")).unwrap_or_default();
    let kept = match db {
        None => "in memory: all is gone when it ends".to_owned(),
        Some(db) => format!("kept in {}", db.display()),
    };
    format!("pikoci {version} on http://{address}{reached}, {kept}")
}

async fn bind(args: &Args) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = async {
        let listener = TcpListener::bind((args.host.as_str(), args.port)).await?;
        let address = listener.local_addr()?;
        Ok::<_, io::Error>((listener, address))
    };
    bound.await.map_err(|error| {
        Failure::errored(format!("cannot listen on {}, port {}: {error}", args.host, args.port))
            .hint("--host takes an address or a name of this machine; another port is chosen with --port, 0 is any free one")
    })
}

fn bind_socket(db: Option<&Path>, port: u16) -> Result<(Socket, UnixListener), Failure> {
    let path = match db {
        None => runtime_directory().map(|directory| directory.join(format!("{port}.sock"))),
        Some(db) => Ok(beside(db, ".sock")),
    };
    let path = path.map_err(|error| Failure::errored(format!("cannot make the socket: {error}")))?;
    Socket::bind(&path)
        .map_err(|error| Failure::errored(format!("cannot make the socket {}: {error}", path.display())))
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
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
