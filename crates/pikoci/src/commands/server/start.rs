//! Starting and stopping the parts of a server, in order.

use super::configured::load;
use super::drain::{self, Signals};
use super::worker::Worker;
use super::{Args, DbSystem};
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
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};

/// Runs a server until a signal ends it.
pub(super) async fn serve(args: &Args) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let configured = args.pipeline_config.as_deref().map(|path| load(args, path)).transpose()?;
    let store = Arc::new(open(args)?);
    let (tcp, address) = bind(args).await?;
    let (socket, unix) = bind_socket(args, address.port())?;
    let (token, shown) = Token::of(&store).map_err(|error| Failure::errored(error.to_string()))?;
    let (wire, live) = (Wire::new(), Arc::new(Live::default()));
    let base_url = args.external_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let base_url = base_url.trim_end_matches('/').to_owned();
    let core = Core::start(Arc::clone(&store), wire.clone(), Arc::clone(&live), base_url.clone())
        .map_err(|error| Failure::errored(format!("cannot start: {error}")))?;

    let mut job = None;
    let mut lines = vec![format!("pikoci {} on {base_url}, {}", env!("CARGO_PKG_VERSION"), kept_in(args))];
    let mut secrets = BTreeMap::new();
    if let Some(configured) = configured {
        secrets.insert(configured.name().to_owned(), configured.secrets.clone());
        job = configured.first_job();
        lines.push(configured.set(&store, &core).await?);
    }
    let sources = if args.allow_private_sources { Policy::PRIVATE } else { Policy::PUBLIC };
    let app = App::new(Arc::clone(&store), core, live, token, sources)
        .map_err(|error| Failure::errored(error.to_string()))?;
    lines.extend(hints(args, shown, socket.path(), job.as_deref()));
    // Before the first answer, so that who waits for that finds the token; what comes meanwhile waits in the listeners.
    print(&format!("{}\n", lines.join("\n")))?;
    let mut serving = serve_api(app.clone(), tcp, unix);
    let mut worker = args.run_worker.then(|| Worker::start(args, &wire, secrets));

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
