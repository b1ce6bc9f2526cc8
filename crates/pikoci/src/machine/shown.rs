//! What happens, as the work tells it to who shows it.

use pikoci_executor::FailedTask;
use pikoci_plan::event::Event;
use pikoci_plan::outline::Line;
use pikoci_plan::status::Outcome;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use tokio::sync::oneshot;

/// Something to show.
pub(crate) enum Shown {
    /// A job begins: what follows is of it.
    Job {
        /// Its pipeline and its name.
        title: String,
        /// Whether others run before or after it.
        is_one_of_many: bool,
    },
    /// An attempt begins: the next events speak of these steps.
    Attempt(Vec<Line>),
    /// An event of the attempt.
    Event(Event),
    /// Something to say about the run as a whole.
    Note(String),
    /// It has been asked to end: what comes next.
    Cancelling(&'static str),
    /// The end of a job.
    End(End),
    /// The end of a run of several jobs.
    All(Vec<JobEnd>),
    /// Somebody is to look around; what waits for the answer goes on afterwards.
    Shell(Shell),
}

/// How an attempt or a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// Whether it succeeded only because a failure in it is allowed.
    pub(crate) warning: bool,
    /// What happened, where the steps do not say it.
    pub(crate) message: Option<String>,
    /// Where its work directory was kept.
    pub(crate) kept: Option<PathBuf>,
}

impl End {
    /// It ended so, with nothing else to say.
    pub(crate) fn new(outcome: Outcome, message: Option<String>) -> Self {
        Self { outcome, warning: false, message, kept: None }
    }

    /// Trouble that no step tells of.
    pub(crate) fn errored(message: String) -> Self {
        Self::new(Outcome::Errored, Some(message))
    }

    /// The state's word.
    pub(crate) fn status(&self) -> &'static str {
        status(self.outcome.as_str(), self.warning)
    }
}

/// The word of a state, or `warning`, which is a mark on *succeeded*.
pub(crate) fn status(word: &'static str, warning: bool) -> &'static str {
    if warning && word == "succeeded" { "warning" } else { word }
}

/// What became of a job in a run of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobEnd {
    pub(crate) job: String,
    /// How it ended, and how many milliseconds it took; `None` if it did not run.
    pub(crate) ended: Option<(End, u64)>,
    /// Why it did not run.
    pub(crate) why: Option<String>,
}

/// A shell in a build's work directory.
pub(crate) struct Shell {
    /// After which step.
    pub(crate) step: u32,
    /// Where.
    pub(crate) directory: PathBuf,
    /// The environment of that step. Secrets are in it.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Told when it is over.
    pub(crate) over: oneshot::Sender<()>,
}

impl From<FailedTask> for Shell {
    fn from(failed: FailedTask) -> Self {
        let pair = |text: &CString| {
            let bytes = text.as_bytes();
            let at = bytes.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..]));
            Some((name.to_owned(), value.to_owned()))
        };
        let environment = failed.environment.iter().filter_map(pair).collect();
        Self { step: failed.step, directory: failed.directory, environment, over: failed.done }
    }
}
