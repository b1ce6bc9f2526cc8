//! The worker in a server's process.

use super::Args;
use super::start::beside;
use crate::failure::Failure;
use pikoci_bus::in_process::Wire;
use pikoci_executor::{Given, Home, HomeError};
use pikoci_worker::{Config, Stop, WorkerError};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The worker in this process.
pub(super) struct Worker {
    /// Says when it ends, and how.
    pub(super) stop: watch::Sender<Stop>,
    task: JoinHandle<Result<(), WorkerError>>,
    over: bool,
}

impl Worker {
    /// Starts it; sweeping what a killed one left may take a while, and the server does not wait for that.
    pub(super) fn start(args: &Args, wire: &Wire, given: BTreeMap<String, Given>, db: Option<&Path>) -> Self {
        let (stop, stopped) = watch::channel(Stop::No);
        let settings = args.environment.settings();
        let directory = args.work_dir.clone();
        let beside_db = db.map(|db| beside(db, ".worker"));
        let open = move || match directory.or(beside_db) {
            Some(directory) => Home::open(&directory, settings),
            None => Home::temporary(Path::new("/tmp"), settings),
        };
        let slots = args.slots.map_or_else(cores, |slots| slots as usize);
        let config = Config { slots, checks: args.check_slots as usize, tags: args.tags.clone(), given };
        let wire = wire.clone();
        let task = tokio::spawn(async move {
            let home = tokio::task::spawn_blocking(open).await;
            let home = home.map_err(|error| WorkerError::Left {
                path: PathBuf::from("the work directory"),
                error: io::Error::other(error),
            })?;
            pikoci_worker::run(home?, config, wire, stopped).await
        });
        Self { stop, task, over: false }
    }

    /// Why it ended by itself; never, where there is none.
    pub(super) async fn failed(worker: Option<&mut Self>) -> Failure {
        let Some(worker) = worker else { return std::future::pending().await };
        match worker.ended().await {
            Err(failure) => failure,
            Ok(()) => Failure::errored("the worker ended"),
        }
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Waits until what it was told to do is done.
    pub(super) async fn ended(&mut self) -> Result<(), Failure> {
        if self.task.is_finished() && self.over {
            return Ok(());
        }
        let ended = (&mut self.task).await;
        self.over = true;
        match ended {
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
