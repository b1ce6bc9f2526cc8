//! The `stop` command of a process: what ends something that does not end with it, such as a container.

use super::bounded;
use super::host::Group;
use super::prepared::Prepared;
use std::time::Duration;
use tokio::task;

/// A `stop` command, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct StopCommand {
    /// What to run.
    pub(crate) command: Prepared,
    /// What its own processes belong to.
    pub(crate) group: Group,
    /// How long it may take.
    pub(crate) limit: Duration,
}

impl StopCommand {
    /// Runs it to its end, or to its limit. The error is a sentence.
    pub(crate) async fn run(&self) -> Result<(), String> {
        let Self { command, group, limit } = self.clone();
        let run = task::spawn_blocking(move || bounded::run(&command, &group, limit));
        run.await.unwrap_or_else(|error| Err(format!("it was cut off: {error}")))
    }
}
