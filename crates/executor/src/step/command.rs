//! One command of a step: its template expanded, its files made, its process started and followed.

use super::Ended;
use crate::attempt::{Attempt, Deadline};
use crate::count::file_operation;
use crate::environment::{Environment, MARKER, Variables};
use crate::home::StopRecord;
use crate::log::StepLog;
use crate::process::child::Child;
use crate::process::exit::{End, Exit};
use crate::process::follow::{Followed, Process, follow};
use crate::process::output::{self, Output};
use crate::process::prepared::Prepared;
use crate::process::stop::StopCommand;
use crate::runner::{self, Expanded, Names};
use pikoci_plan::event::Event;
use pikoci_plan::plan::{Command, Template};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A command to run.
pub(crate) struct Run<'a> {
    /// What.
    pub(crate) command: &'a Command,
    /// Its environment but for `WORKDIR` and `SCRATCH`, which depend on the runner.
    pub(crate) variables: Variables,
    /// The directory below `$WORKDIR` it runs in.
    pub(crate) dir: Option<&'a str>,
    /// Names its process in the attempt, for `$step`.
    pub(crate) step: u32,
    /// When its step is over, if ever.
    pub(crate) deadline: Option<Deadline>,
    /// The most bytes of standard output that are read as an answer; `None`: all is log.
    pub(crate) answer: Option<usize>,
}

/// Runs the command to its end. The result is how its process ended and what it answered; the error, how the
/// step ended because there was no process.
pub(crate) async fn run(
    attempt: &mut Attempt<'_>,
    log: &mut StepLog,
    mut run: Run<'_>,
) -> Result<(End, Vec<u8>), Ended> {
    if runner::is_empty(run.command) {
        return Ok((End { exit: Exit::Code(0), cause: None }, Vec::new()));
    }
    let started = Started::new(attempt, &mut run)?;
    // The process runs: if nobody listens, following it finds that out and ends it properly.
    let _ = attempt.tell_held().await;
    for note in &started.notes {
        let _ = attempt.tell(Event::Log(log.note(note))).await;
    }
    let process = Process {
        child: started.child,
        output: started.output,
        answer: started.answer,
        deadline: run.deadline,
        stop: started.stop.as_ref(),
    };
    let followed = follow(attempt, log, process).await;
    let Followed { end, answer, is_held } =
        followed.map_err(|error| Ended::errored(format!("its process cannot be followed: {error}")))?;
    let mut notes = Vec::new();
    if let (Some(stop), true) = (&started.stop, may_have_left_something(end, run.command))
        && let Err(problem) = stop.run().await
    {
        notes.push(format!("the `stop` of runner `{}` failed: {problem}", run.command.runner));
    }
    if let Some(record) = started.record {
        record.remove();
    }
    notes.extend(log.cut());
    if is_held && end.cause.is_none() {
        notes.push(
            "a process that it left running holds its output; what that writes from here on is not kept"
                .to_owned(),
        );
    }
    for note in notes {
        attempt.tell(Event::Log(log.note(&note))).await?;
    }
    Ok((end, answer))
}

/// Whether what `stop` ends may live on: the process did not end by itself as it should have.
fn may_have_left_something(end: End, command: &Command) -> bool {
    end.cause.is_none()
        && match end.exit {
            Exit::Code(code) => command.error_codes.contains(&code),
            Exit::Signal(_) => true,
        }
}

/// A command whose process has started.
struct Started {
    child: Child,
    output: Output,
    answer: Option<Output>,
    stop: Option<StopCommand>,
    record: Option<StopRecord>,
    notes: Vec<String>,
}

impl Started {
    fn new(attempt: &Attempt<'_>, run: &mut Run<'_>) -> Result<Self, Ended> {
        let (work, scratch) = (text(attempt.work()), text(attempt.slot.scratch()));
        run.variables.extend(runner::directories(run.command, &work, &scratch));
        let step = step_id(attempt.id.as_str(), run.step);
        let names =
            Names { work: &work, scratch: &scratch, step: &step, dir: run.dir, exported: &run.variables };
        let expand = |template: &Template, names| runner::expand(run.command, template, names);
        let expanded = expand(&run.command.run, &names).map_err(Ended::errored)?;
        make_files(attempt, &names, &expanded).map_err(|error| file_trouble(&error))?;
        let directory = start_directory(attempt.work(), run.dir, expanded.starts_in_dir)?;
        let Environment { pairs: environment, left_out } = attempt.environment(&run.variables);
        let prepare = |argv: &[String], directory: &Path| {
            Prepared::new(argv, environment.clone(), directory)
                .map_err(|problem| Ended::errored(format!("runner `{}`: {problem}", run.command.runner)))
        };
        let command = prepare(&expanded.argv, &directory)?;
        let (mut stop, mut record) = (None, None);
        if let Some(template) = &run.command.stop {
            // What ends a process has no need to be where it runs, and need not be able to go there.
            let argv = expand(template, &Names { dir: None, ..names }).map_err(Ended::errored)?.argv;
            stop = Some(StopCommand {
                command: prepare(&argv, attempt.work())?,
                attempt: attempt.running.key(),
                limit: attempt.home().settings.stop_timeout,
            });
            record = Some(attempt.slot.record_stop(&step, &argv).map_err(|error| file_trouble(&error))?);
        }
        match start(attempt, &command, run) {
            Ok((child, output, answer)) => {
                let mut notes = expanded.notes;
                notes.extend(left_out.iter().map(|name| not_set(name)));
                Ok(Self { child, output, answer, stop, record, notes })
            }
            Err(ended) => {
                if let Some(record) = record {
                    record.remove();
                }
                Err(ended)
            }
        }
    }
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
fn start(
    attempt: &Attempt<'_>,
    command: &Prepared,
    run: &Run<'_>,
) -> Result<(Child, Output, Option<Output>), Ended> {
    let no_pipe = |error: io::Error| Ended::errored(format!("no pipe could be made for its output: {error}"));
    let (output, error) = output::pipe().map_err(no_pipe)?;
    let mut answer = None;
    let child = match run.answer {
        None => Child::start(&command.start(error.as_fd(), error.as_fd()), attempt.running.key()),
        Some(most) => {
            let (pipe, write) = output::pipe().map_err(no_pipe)?;
            answer = Some(pipe.with_capacity(most));
            Child::start(&command.start(write.as_fd(), error.as_fd()), attempt.running.key())
        }
    };
    let runner = &run.command.runner;
    let child =
        child.map_err(|error| Ended::errored(format!("runner `{runner}`: {}", command.refused(error))))?;
    Ok((child, output, answer))
}

/// The id of a process: unique for ever, and a name that Docker takes for a container.
fn step_id(attempt: &str, step: u32) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let attempt: String = attempt.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    format!("pikoci-{attempt}-{step}")
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

fn make_files(attempt: &Attempt<'_>, names: &Names<'_>, expanded: &Expanded) -> io::Result<()> {
    let scratch = attempt.slot.scratch();
    if let Some(script) = &expanded.cmd_file {
        // A container may run it as another user.
        make_file(&scratch.join(names.cmd_file_name()), script, 0o755)?;
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

fn file_trouble(error: &io::Error) -> Ended {
    Ended::errored(format!("a file that its runner needs could not be made in the work directory: {error}"))
}

/// Our own directories have paths that are texts, which [`crate::home::Home`] has made sure of.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
