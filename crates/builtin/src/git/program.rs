//! The program `git`: started so that it asks nobody, syncs nothing and hides nothing.

use super::access::Access;
use super::address::Address;
use crate::Failure;
use crate::call::Call;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::rc::Rc;

/// Settings of every git of ours: what we make is thrown away, or can be fetched again.
const SETTINGS: [(&str, &str); 5] = [
    ("core.fsync", "none"),
    ("fetch.unpackLimit", "1"),
    ("maintenance.auto", "false"),
    ("gc.auto", "0"),
    ("advice.detachedHead", "false"),
];

/// Where git works.
#[derive(Debug, Clone, Default)]
enum Place {
    /// In no repository of ours.
    #[default]
    Nowhere,
    /// In a bare repository.
    Bare(PathBuf),
    /// In a directory with a work tree.
    Tree(PathBuf),
}

/// Git, with what lets it in, for one repository on another side.
#[derive(Debug, Clone)]
pub(super) struct Git {
    pub(super) address: Address,
    access: Rc<Access>,
    /// How many settings the environment has already, as `git help git` counts them.
    settings_before: usize,
    place: Place,
    more: Vec<(String, String)>,
}

impl Git {
    /// Git for the resource of a call.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let address = Address::parse(call.needs("url")?)?;
        let access = Rc::new(Access::of(call, &address)?);
        let settings_before =
            call.variable("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(Self { address, access, settings_before, place: Place::Nowhere, more: Vec::new() })
    }

    /// The same in a bare repository.
    pub(super) fn in_bare(self, repository: &Path) -> Self {
        Self { place: Place::Bare(repository.to_owned()), ..self }
    }

    /// The same in a directory with a work tree.
    pub(super) fn in_tree(self, directory: &Path) -> Self {
        Self { place: Place::Tree(directory.to_owned()), ..self }
    }

    /// The same with one more setting.
    pub(super) fn with_setting(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A command. Nothing of what differs from call to call but branches and ids is among its arguments.
    pub(super) fn command<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new("git");
        match &self.place {
            Place::Nowhere => &mut command,
            Place::Bare(repository) => command.env("GIT_DIR", repository),
            Place::Tree(directory) => command.current_dir(directory),
        };
        command.args(args).stdin(Stdio::null());
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1").envs(self.access.variables());
        let more = self.more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let settings = SETTINGS.into_iter().chain(self.access.settings().iter().copied()).chain(more);
        let mut count = self.settings_before;
        for (name, value) in settings {
            command.env(format!("GIT_CONFIG_KEY_{count}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command
    }

    /// Runs one to its end.
    pub(super) fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<Done, Failure> {
        Done::run(self.command(args))
    }

    /// Runs one that reads lines.
    pub(super) fn feed<'a>(
        &self,
        args: impl IntoIterator<Item = &'a str>,
        lines: &[String],
    ) -> Result<Done, Failure> {
        feed(self.command(args), lines).map(Done).map_err(|error| cannot_start(&error))
    }
}

/// Input is written by a thread of its own, so that neither side waits for the other for ever.
fn feed(mut command: Command, lines: &[String]) -> io::Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let input = child.stdin.take();
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    std::thread::scope(|scope| {
        // A git that has failed does not read on, and says why itself.
        scope.spawn(move || input.map(|mut input| input.write_all(text.as_bytes())));
        child.wait_with_output()
    })
}

/// A git that has ended.
#[derive(Debug)]
pub(super) struct Done(Output);

impl Done {
    /// Runs a command to its end.
    pub(super) fn run(mut command: Command) -> Result<Self, Failure> {
        command.output().map(Self).map_err(|error| cannot_start(&error))
    }

    pub(super) fn is_well(&self) -> bool {
        self.0.status.success()
    }

    /// What it printed; what is no UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0.stdout
    }

    /// What it said went wrong.
    pub(super) fn error(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).trim_end().to_owned()
    }

    /// What it printed, if it ended well; else a failure that says what could not be done. What git said goes to
    /// the log.
    pub(super) fn or_fail(self, what: impl FnOnce() -> Failure) -> Result<Self, Failure> {
        if self.is_well() {
            return Ok(self);
        }
        crate::answer::note(&self.error());
        Err(what())
    }
}

pub(super) fn cannot_start(error: &io::Error) -> Failure {
    let failure = Failure::new(format!("the program `git` cannot be started: {error}"));
    if error.kind() == io::ErrorKind::NotFound {
        return failure.hint("install git 2.31 or newer on the worker");
    }
    failure
}
