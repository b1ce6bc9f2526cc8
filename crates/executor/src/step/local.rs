//! A local tree instead of a `get`: copied to where the resource would be fetched to.

use super::Ended;
use crate::attempt::Attempt;
use crate::build::Build;
use crate::files::{Copied, copy_tree};
use crate::log::StepLog;
use crate::scope::Scope;
use pikoci_plan::plan::Get;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task;

/// Copies the tree `from`.
pub(crate) async fn copy(
    build: &Build<'_>,
    log: &mut StepLog,
    get: &Get,
    from: &Path,
    scope: &Scope,
) -> Result<Ended, Ended> {
    let attempt = build.attempt;
    let Some(to) = below(attempt.work(), &get.directory) else {
        let (resource, directory) = (&get.resource.full_name, &get.directory);
        return Err(Ended::errored(format!(
            "`{resource}` is fetched into `{directory}`, which is not below $WORKDIR"
        )));
    };
    attempt.tell_held().await?;
    let copied = copied(attempt, from, to, scope).await?;
    let from = from.display();
    let sentence =
        format!("copied {from} instead of fetching it: {} files, {} bytes", copied.files, copied.bytes);
    attempt.note(log, &sentence).await?;
    for path in &copied.left_out {
        let sentence = format!("{} is neither file, directory nor link: left out", path.display());
        attempt.note(log, &sentence).await?;
    }
    Ok(Ended::well())
}

/// Copies on a thread that may block, and stops when the step has to end.
async fn copied(attempt: &Attempt<'_>, from: &Path, to: PathBuf, scope: &Scope) -> Result<Copied, Ended> {
    let (from, without) = (from.to_owned(), attempt.home().path().to_owned());
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let mut copying = task::spawn_blocking(move || copy_tree(&from, &to, &without, &stopped));
    let cause = tokio::select! {
        copied = &mut copying => return match copied {
            Ok(copied) => copied.map_err(|error| Ended::errored(error.to_string())),
            Err(error) => Err(Ended::errored(format!("the copy was cut off: {error}"))),
        },
        cause = scope.ends(attempt) => cause,
    };
    stop.store(true, Ordering::Relaxed);
    // What it still writes must be there before it is removed.
    let _ = copying.await;
    Err(Ended::before(cause))
}

fn below(work: &Path, directory: &str) -> Option<PathBuf> {
    crate::runner::below(work.to_str()?, directory).map(PathBuf::from)
}
