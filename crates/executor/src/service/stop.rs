//! The `stop` of a service: on record from before its start is tried until it has done its work.
//!
//! It must also work when the build has removed its directories, and after a `kill -9` of this process. So it gets
//! neither `WORKDIR` nor `SCRATCH`, its script stands in a directory of its own, and no secret is in it.

use super::prepared::Prepared;
use crate::attempt::Attempt;
use crate::build::Build;
use crate::environment::Variables;
use crate::home::{StopRecord, Stops};
use crate::process::prepared::Prepared as Ready;
use crate::process::stop::StopCommand;
use crate::runner::{self, Filled, Names};
use crate::step::Ended;
use crate::step::command;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// A `stop`, ready to run.
pub(super) struct Stop {
    command: StopCommand,
    record: Option<StopRecord>,
    /// Where its script is.
    directory: PathBuf,
    problem: Option<String>,
}

impl Stop {
    /// Puts it on record.
    pub(super) fn new(
        build: &Build<'_>,
        prepared: &Prepared<'_>,
        filled: &Filled<'_>,
    ) -> Result<Self, Ended> {
        let (attempt, slot) = (build.attempt, build.attempt.slot);
        let id = format!("{}-stop", prepared.id);
        let directory = slot.path().join(&id);
        let variables = with_binary(attempt, prepared.public(build));
        let argv = argv(attempt, (&id, &directory), filled, &variables)?;
        let environment = attempt.environment(&variables).pairs;
        let command = Ready::new(&argv, environment, slot.path())
            .map_err(|problem| Ended::errored(format!("its `stop`: {problem}")))?;
        let record = slot.record_stop(Stops::Service, &id, &argv, &variables);
        let record = Some(record.map_err(|error| command::file_trouble(&error))?);
        let (group, limit) = (attempt.running.group(), attempt.home().settings.service_timeout);
        Ok(Self { command: StopCommand { command, group, limit }, record, directory, problem: None })
    }

    /// Runs it. If it fails it stays on record, for the next sweep.
    pub(super) async fn run(&mut self) {
        match self.command.run().await {
            Ok(()) => {
                if let Some(record) = self.record.take() {
                    record.remove();
                }
                // Mostly there is none; one that stays goes with the next sweep.
                let _ = fs::remove_dir_all(&self.directory);
            }
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// What went wrong.
    pub(super) fn problem(self) -> Option<String> {
        self.problem
    }
}

/// A sweep has no other way to know where our binary is.
fn with_binary(attempt: &Attempt<'_>, mut variables: Variables) -> Variables {
    let binary = attempt.home().settings.binary.as_ref().and_then(|path| path.to_str());
    variables.extend(binary.map(|path| ("PIKOCI".to_owned(), path.to_owned())));
    variables
}

/// What is started, with its script made, if it has one.
fn argv(
    attempt: &Attempt<'_>,
    (id, directory): (&str, &PathBuf),
    filled: &Filled<'_>,
    exported: &Variables,
) -> Result<Vec<String>, Ended> {
    let filled = filled.without_secrets();
    let (work, scratch) = (attempt.work().to_string_lossy(), directory.to_string_lossy());
    let (dir, cache, network) = (None, None, filled.network.as_deref());
    let names =
        Names { work: &work, scratch: &scratch, step: id, dir, cache, binary: None, network, exported };
    let expanded = runner::expand(&filled, &filled.command.run, &names)
        .map_err(|problem| Ended::errored(format!("its `stop`: {problem}")))?;
    if expanded.cmd_file.is_some() || expanded.env_file.is_some() {
        let made = DirBuilder::new().mode(0o700).create(directory);
        made.and_then(|()| command::make_files(directory, &names, &expanded, false))
            .map_err(|error| command::file_trouble(&error))?;
    }
    Ok(expanded.argv)
}
