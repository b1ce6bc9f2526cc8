//! The `stop` command of a process: what ends something that does not end with it, such as a container.

use super::bounded;
use super::host::AttemptKey;
use super::prepared::Prepared;
use std::time::Duration;
use tokio::task;

/// A `stop` command, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct StopCommand {
    pub(crate) command: Prepared,
    pub(crate) attempt: AttemptKey,
    pub(crate) limit: Duration,
}

impl StopCommand {
    /// Runs it to its end, or to its limit. The error is a sentence.
    pub(crate) async fn run(&self) -> Result<(), String> {
        let Self { command, attempt, limit } = self.clone();
        let run = task::spawn_blocking(move || bounded::run(&command, attempt, limit));
        run.await.unwrap_or_else(|error| Err(format!("it was cut off: {error}")))
    }
}
