//! One command: its templates expanded, its files made, its process started and followed.

use super::Ended;
use crate::attempt::Attempt;
use crate::count::file_operation;
use crate::environment::{Environment, MARKER, Variables};
use crate::home::{StopRecord, Stops};
use crate::log::StepLog;
use crate::process::child::Child;
use crate::process::exit::{End, Exit};
use crate::process::follow::{Followed, Process, follow};
use crate::process::host::Group;
use crate::process::output::{self, Output};
use crate::process::prepared::Prepared;
use crate::process::stop::StopCommand;
use crate::process::whose::GroupKey;
use crate::runner::{self, Expanded, Filled, Names};
use crate::scope::Scope;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tokio::net::unix::pipe;

/// A command to run.
pub(crate) struct Run<'a> {
    /// What.
    pub(crate) filled: Filled<'a>,
    /// Its environment but for the directories, which depend on the runner.
    pub(crate) variables: Variables,
    /// The directory below `$WORKDIR` it runs in.
    pub(crate) dir: Option<String>,
    /// What ends it; nothing but a cancel of the attempt if it is not given.
    pub(crate) scope: &'a Scope,
    /// The most bytes of standard output that are read as an answer; `None`: all is log.
    pub(crate) answer: Option<usize>,
    /// A directory that outlives the attempt, for `CACHE_DIR`.
    pub(crate) cache: Option<String>,
    /// Whether what it leaves running may write on: who asks for that reads [`Ran::held`].
    pub(crate) keeps_output: bool,
}

/// What came of a command.
pub(crate) struct Ran {
    /// How its process ended.
    pub(crate) end: End,
    /// What it answered.
    pub(crate) answer: Vec<u8>,
    /// The file that it may have written `KEY=VALUE` lines to.
    pub(crate) output: PathBuf,
    /// Its environment and where it ran, to start a shell in the same place.
    pub(crate) place: Option<Prepared>,
    /// Pipes that what it left running still holds.
    pub(crate) held: Vec<pipe::Receiver>,
}

impl<'a> Run<'a> {
    /// The command alone.
    pub(crate) fn new(filled: Filled<'a>, scope: &'a Scope) -> Self {
        let (variables, dir, cache) = Default::default();
        Self { filled, variables, dir, scope, answer: None, cache, keeps_output: false }
    }
}

/// Runs the command to its end. The error is how the step ended because there was no process.
pub(crate) async fn run(attempt: &Attempt<'_>, log: &mut StepLog, run: Run<'_>) -> Result<Ran, Ended> {
    let command = run.filled.command;
    if runner::is_empty(command) {
        let end = End { exit: Exit::Code(0), cause: None };
        return Ok(Ran { end, answer: Vec::new(), output: PathBuf::new(), place: None, held: Vec::new() });
    }
    let started = Started::new(attempt, &run)?;
    // The process runs: if nobody listens, following it finds that out and ends it properly.
    let _ = attempt.tell_held().await;
    for note in &started.notes {
        let _ = attempt.note(log, note).await;
    }
    let process = Process {
        child: started.child,
        output: started.output,
        answer: started.answer,
        group: started.group,
        deadlines: run.scope.deadlines.clone(),
        cancel: run.scope.cancel.clone(),
        stop: started.stop.as_ref(),
    };
    let followed = follow(attempt, log, process).await;
    let Followed { end, answer, held } =
        followed.map_err(|error| Ended::errored(format!("its process cannot be followed: {error}")))?;
    let rest = log.finish();
    let mut notes: Vec<String> = log.cut().into_iter().collect();
    if let (Some(stop), true) = (&started.stop, may_have_left_something(end, &command.error_codes))
        && let Err(problem) = stop.run().await
    {
        notes.push(format!("the `stop` of runner `{}` failed: {problem}", command.runner));
    }
    if let Some(record) = started.record {
        record.remove();
    }
    let held = if run.keeps_output { held } else { let_go(attempt, held, end, &mut notes) };
    attempt.tell_frame(rest).await?;
    for note in notes {
        attempt.note(log, &note).await?;
    }
    Ok(Ran { end, answer, output: started.output_file, place: Some(started.place), held })
}

/// Lets processes that hold the output write on without being read.
fn let_go(
    attempt: &Attempt<'_>,
    held: Vec<pipe::Receiver>,
    end: End,
    notes: &mut Vec<String>,
) -> Vec<pipe::Receiver> {
    if !held.is_empty() && end.cause.is_none() {
        notes.push(
            "a process that it left running holds its output; what that writes from here on is not kept"
                .to_owned(),
        );
    }
    held.into_iter().for_each(|pipe| attempt.drain(pipe));
    Vec::new()
}

/// Whether what `stop` ends may live on: the process did not end by itself as it should have.
fn may_have_left_something(end: End, error_codes: &[i32]) -> bool {
    end.cause.is_none()
        && match end.exit {
            Exit::Code(code) => error_codes.contains(&code),
            Exit::Signal(_) => true,
        }
}

/// A command whose process has started.
struct Started {
    child: Child,
    group: GroupKey,
    output: Output,
    answer: Option<Output>,
    stop: Option<StopCommand>,
    record: Option<StopRecord>,
    notes: Vec<String>,
    output_file: PathBuf,
    place: Prepared,
}

impl Started {
    fn new(attempt: &Attempt<'_>, run: &Run<'_>) -> Result<Self, Ended> {
        let command = run.filled.command;
        let ready = Ready::new(attempt, run)?;
        let group = attempt.running.group();
        let (mut stop, mut record) = (None, None);
        if let Some(argv) = &ready.stop {
            stop = Some(StopCommand {
                // What ends a process needs nothing of what it knows, nor a directory that it may have removed.
                command: prepared(argv, attempt.environment(&Variables::new()), attempt.slot.path(), run)?,
                group: attempt.running.group(),
                limit: attempt.home().settings.stop_timeout,
            });
            record = Some(
                attempt
                    .slot
                    .record_stop(Stops::Command, &ready.id, argv, &Variables::new())
                    .map_err(|error| file_trouble(&error))?,
            );
        }
        match start(&group, &ready.command, run) {
            Ok((child, output, answer)) => {
                let (notes, output_file, place) = (ready.notes, ready.output_file, ready.command);
                let group = group.key();
                Ok(Self { child, group, output, answer, stop, record, notes, output_file, place })
            }
            Err(ended) => {
                if let Some(record) = record {
                    record.remove();
                }
                let runner = &command.runner;
                Err(Ended { message: ended.message.map(|why| format!("runner `{runner}`: {why}")), ..ended })
            }
        }
    }
}

/// A command that is ready to be started.
struct Ready {
    id: String,
    command: Prepared,
    /// What ends it, if its runner says so.
    stop: Option<Vec<String>>,
    output_file: PathBuf,
    notes: Vec<String>,
}

impl Ready {
    fn new(attempt: &Attempt<'_>, run: &Run<'_>) -> Result<Self, Ended> {
        let filled = &run.filled;
        let command = filled.command;
        let (work, scratch) = (text(attempt.work()), text(attempt.slot.scratch()));
        let id = attempt.command_id();
        let cache = run.cache.as_deref();
        let binary = attempt.home().settings.binary.as_ref().and_then(|path| path.to_str());
        let places = [("WORKDIR", work.as_str()), ("SCRATCH", &scratch)].into_iter();
        let places = places.chain(cache.map(|path| ("CACHE_DIR", path)));
        // Elsewhere it is known by the environment that every process has.
        let mounted = binary.filter(|_| command.mounts.contains_key("PIKOCI"));
        let directories = runner::directories(command, places.chain(mounted.map(|path| ("PIKOCI", path))));
        let mut variables = run.variables.clone();
        let seen_scratch = directories.get("SCRATCH").cloned().unwrap_or_default();
        variables.insert("PIKOCI_OUTPUT".to_owned(), format!("{seen_scratch}/{id}.output"));
        variables.extend(directories);
        let (dir, network) = (run.dir.as_deref(), filled.network.as_deref());
        let names = Names {
            work: &work,
            scratch: &scratch,
            step: &id,
            dir,
            cache,
            binary,
            network,
            exported: &variables,
        };
        let expanded = runner::expand(filled, &command.run, &names).map_err(Ended::errored)?;
        make_files(attempt.slot.scratch(), &names, &expanded, filled.is_secret("cmd"))
            .map_err(|error| file_trouble(&error))?;
        let stop = match &command.stop {
            Some(template) => {
                let names = Names { dir: None, ..names };
                let expanded = runner::expand(&filled.without_secrets(), template, &names);
                Some(expanded.map_err(Ended::errored)?.argv)
            }
            None => None,
        };
        let directory = start_directory(attempt.work(), dir, expanded.starts_in_dir)?;
        let environment = attempt.environment(&variables);
        let mut notes = expanded.notes;
        notes.extend(environment.left_out.iter().map(|name| not_set(name)));
        let output_file = attempt.slot.scratch().join(format!("{id}.output"));
        let command = prepared(&expanded.argv, environment, &directory, run)?;
        Ok(Self { id, command, stop, output_file, notes })
    }
}

fn prepared(
    argv: &[String],
    environment: Environment,
    directory: &Path,
    run: &Run<'_>,
) -> Result<Prepared, Ended> {
    let runner = &run.filled.command.runner;
    Prepared::new(argv, environment.pairs, directory)
        .map_err(|problem| Ended::errored(format!("runner `{runner}`: {problem}")))
}

/// What to say of a variable that no process can get.
fn not_set(name: &str) -> String {
    match name {
        MARKER => format!("`{name}` is set by PikoCI itself: what the pipeline says is not taken"),
        _ => format!(
            "the variable `{name}` is not set: its name, or its value, cannot be part of an environment"
        ),
    }
}

/// Starts the process with its pipes: one for all it writes, or one more for the answer.
fn start(group: &Group, command: &Prepared, run: &Run<'_>) -> Result<(Child, Output, Option<Output>), Ended> {
    let no_pipe = |error: io::Error| Ended::errored(format!("no pipe could be made for its output: {error}"));
    let (output, error) = output::pipe().map_err(no_pipe)?;
    let mut answer = None;
    let child = match run.answer {
        None => Child::start(&command.start(error.as_fd(), error.as_fd()), group),
        Some(most) => {
            let (pipe, write) = output::pipe().map_err(no_pipe)?;
            answer = Some(pipe.with_capacity(most));
            Child::start(&command.start(write.as_fd(), error.as_fd()), group)
        }
    };
    let child = child.map_err(|error| Ended::errored(command.refused(error)))?;
    Ok((child, output, answer))
}

/// Where the process itself starts: in `$WORKDIR`, or, if it is what the step named, in the step's directory.
fn start_directory(work: &Path, dir: Option<&str>, starts_in_dir: bool) -> Result<PathBuf, Ended> {
    let Some(dir) = dir.filter(|_| starts_in_dir) else { return Ok(work.to_owned()) };
    let directory = work.join(dir);
    if directory.is_dir() {
        return Ok(directory);
    }
    Err(Ended::failed(format!(
        "there is no directory `{dir}` in $WORKDIR{}",
        super::hint::what_is_there(work)
    )))
}

/// Makes the files that the names speak of, in the directory that is their `SCRATCH`.
pub(crate) fn make_files(
    scratch: &Path,
    names: &Names<'_>,
    expanded: &Expanded,
    is_secret: bool,
) -> io::Result<()> {
    if let Some(script) = &expanded.cmd_file {
        // A container may run it as another user, if no secret is in it.
        let mode = if is_secret { 0o700 } else { 0o755 };
        make_file(&scratch.join(names.cmd_file_name()), script, mode)?;
    }
    if let Some(lines) = &expanded.env_file {
        make_file(&scratch.join(names.env_file_name()), lines, 0o600)?;
    }
    Ok(())
}

fn make_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    file_operation();
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?.write_all(text.as_bytes())
}

pub(crate) fn file_trouble(error: &io::Error) -> Ended {
    Ended::errored(format!("a file that its runner needs could not be made in the work directory: {error}"))
}

/// Our own directories have paths that are texts, which [`crate::home::Home`] has made sure of.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
