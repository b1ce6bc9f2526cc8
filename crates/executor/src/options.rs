//! What the one who runs a build may ask for.

use crate::secret::Given;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot, watch};

/// What the one who runs a build may ask for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Local trees, by the resource (`type.name`) that they stand for: they are copied instead of fetched.
    pub local: BTreeMap<String, PathBuf>,
    /// Values of secrets that were given where the pipeline was loaded.
    pub given: Given,
    /// Whether puts are only shown.
    pub shows_puts: bool,
    /// Whether the workspace is kept: its new place is in [`crate::Executed::kept`].
    pub keeps_work: bool,
    /// Until when, in milliseconds of [`crate::steady_ms`], it is certain that the build is still this worker's. After that
    /// a `put`, and any step of a careful plan, waits before it begins. `None`: it always is.
    pub sure_until: Option<watch::Receiver<u64>>,
    /// Who is told of a task that failed, and may look around before the build goes on.
    pub on_failure: Option<mpsc::Sender<FailedTask>>,
}

/// A task that failed, in the place where it ran.
#[derive(Debug)]
pub struct FailedTask {
    /// The number of its step.
    pub step: u32,
    /// Where its process ran.
    pub directory: PathBuf,
    /// Its whole environment, `KEY=VALUE` each. Secrets are in it.
    pub environment: Vec<CString>,
    /// Send something, or drop it, and the build goes on.
    pub done: oneshot::Sender<()>,
}
