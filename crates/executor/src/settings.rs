//! What a host's owner decides about executions on it.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of executions. [`Settings::default`] is what the command line starts from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names of further variables of this process's environment that processes get (`--env NAME`).
    pub pass: Vec<String>,
    /// Names of further variables of this process's environment that the `get` of secret types receives
    /// (`--secret-env NAME`), besides `VAULT_…`.
    pub secret_pass: Vec<String>,
    /// How long a process has to end after TERM, before it is killed.
    pub grace: Duration,
    /// How long a `stop` command of a runner may take.
    pub stop_timeout: Duration,
    /// How long the `stop` of a service, or of the build's network, may take.
    pub service_timeout: Duration,
    /// How many bytes of what the processes of one step write are kept.
    pub log_limit: u64,
    /// This binary, for `$PIKOCI`; `None` if it is not known.
    pub binary: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pass: Vec::new(),
            secret_pass: Vec::new(),
            grace: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            service_timeout: Duration::from_secs(60),
            log_limit: 1 << 30,
            binary: std::env::current_exe().ok(),
        }
    }
}
