//! A local tree instead of a `get`: copied to where the resource would be fetched to.

use super::Ended;
use crate::attempt::{Attempt, Deadline, cancelled};
use crate::files::{Copied, copy_tree};
use crate::log::StepLog;
use crate::process::exit::Cause;
use pikoci_plan::event::Event;
use pikoci_plan::plan::Get;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task;
use tokio::time::sleep_until;

/// Copies the tree `from`.
pub(crate) async fn copy(
    attempt: &mut Attempt<'_>,
    log: &mut StepLog,
    get: &Get,
    from: &Path,
    deadline: Option<Deadline>,
) -> Result<Ended, Ended> {
    let Some(to) = below(attempt.work(), &get.directory) else {
        let (resource, directory) = (&get.resource, &get.directory);
        return Err(Ended::errored(format!(
            "`{resource}` is fetched into `{directory}`, which is not below $WORKDIR"
        )));
    };
    attempt.tell_held().await?;
    let copied = copied(attempt, from, to, deadline).await?;
    let from = from.display();
    let sentence =
        format!("copied {from} instead of fetching it: {} files, {} bytes", copied.files, copied.bytes);
    attempt.tell(Event::Log(log.note(&sentence))).await?;
    for path in &copied.left_out {
        let sentence = format!("{} is neither file, directory nor link: left out", path.display());
        attempt.tell(Event::Log(log.note(&sentence))).await?;
    }
    Ok(Ended::well())
}

/// Copies on a thread that may block, and stops when the step has to end.
async fn copied(
    attempt: &Attempt<'_>,
    from: &Path,
    to: PathBuf,
    deadline: Option<Deadline>,
) -> Result<Copied, Ended> {
    let (from, without) = (from.to_owned(), attempt.home().path().to_owned());
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let mut copying = task::spawn_blocking(move || copy_tree(&from, &to, &without, &stopped));
    let cause = tokio::select! {
        copied = &mut copying => return match copied {
            Ok(copied) => copied.map_err(|error| Ended::errored(error.to_string())),
            Err(error) => Err(Ended::errored(format!("the copy was cut off: {error}"))),
        },
        () = cancelled(attempt.cancel.clone()) => Cause::Cancelled,
        cause = passed([attempt.deadline, deadline]) => cause,
    };
    stop.store(true, Ordering::Relaxed);
    // What it still writes must be there before it is removed.
    let _ = copying.await;
    Err(match cause {
        Cause::Cancelled => Ended::cancelled(),
        cause => Ended::failed(cause.sentence()),
    })
}

/// Returns when the first of the deadlines has passed.
async fn passed(deadlines: [Option<Deadline>; 2]) -> Cause {
    match deadlines.into_iter().flatten().min_by_key(|deadline| deadline.at) {
        Some(first) => {
            sleep_until(first.at).await;
            first.cause
        }
        None => std::future::pending().await,
    }
}

fn below(work: &Path, directory: &str) -> Option<PathBuf> {
    crate::runner::below(work.to_str()?, directory).map(PathBuf::from)
}
