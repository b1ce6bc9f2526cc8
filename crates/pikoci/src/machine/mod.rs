//! This machine: attempts run on it without a server, and what happens is shown.
//!
//! The main thread shows; a runtime on a second one executes, and hears signals even while standard output
//! blocks.

mod host;
mod json;
mod shell;
mod show;
pub(crate) mod shown;
mod signals;
mod story;

pub(crate) use host::{Build, Host, now_ms};
pub(crate) use show::To;

use crate::failure::Failure;
use host::no_home;
use pikoci_executor::{Cancel, Given, Home, Settings};
use pikoci_lang::Pipeline;
use shown::Shown;
use signals::Signals;
use std::path::Path;
use tokio::runtime;
use tokio::sync::{mpsc, watch};

/// Where the work directory is made.
const BASE: &str = "/tmp";

/// How many events may wait to be shown.
const WAITING: usize = 16;

/// The values of the pipeline's secret variables that came with it, for the executor.
pub(crate) fn given(pipeline: &Pipeline) -> Given {
    Given(pipeline.given.values().clone())
}

/// Does work on this machine, in a work directory that goes afterwards, and shows it. Signals cancel it.
///
/// # Errors
/// There is no work directory, or what happens cannot be shown (its reader left), which ends the work.
pub(crate) fn run<T: Send>(
    settings: Settings,
    to: To,
    work: impl AsyncFnOnce(&mut Host) -> T + Send,
) -> Result<T, Failure> {
    let home = Home::temporary(Path::new(BASE), settings).map_err(no_home)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::errored(format!("cannot start: {error}")))?;
    let (sender, shown) = mpsc::channel(WAITING);
    let (done, showed) = std::thread::scope(|scope| {
        let working = scope.spawn(|| runtime.block_on(on_runtime(home, sender, work)));
        let showed = show::show(to, shown);
        (working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), showed)
    });
    showed?;
    done
}

async fn on_runtime<T>(
    home: Home,
    shown: mpsc::Sender<Shown>,
    work: impl AsyncFnOnce(&mut Host) -> T,
) -> Result<T, Failure> {
    let signals = Signals::listen()?;
    let (cancel, cancelled) = watch::channel(Cancel::No);
    let mut host = Host::new(&home, shown.clone(), cancelled)?;
    for problem in &home.swept().problems {
        host.show(Shown::Note(problem.clone())).await;
    }
    tokio::select! {
        done = work(&mut host) => Ok(done),
        never = signals.cancel(&cancel, &shown) => match never {},
    }
}
