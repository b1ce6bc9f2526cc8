//! `stop` commands on record: what would end something that a process started and that does not end with it,
//! such as a container. Written before the process starts and removed afterwards, so that after the death of
//! this process the next sweep can run it.
//!
//! A record is `slots/N/stops/NAME`, JSON, for the owner's eyes only.

use crate::count::file_operation;
use crate::environment::{self, Variables};
use crate::process::bounded;
use crate::process::host::Group;
use crate::process::prepared::Prepared;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// In how many sweeps a `stop` that fails is tried. It also fails when there is nothing left to stop.
const SWEEPS: u32 = 3;

/// Where the engine is that a Docker client talked to. These tell an address and no secret.
const ADDRESS: [&str; 4] = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"];

/// The most that a record may be; what is longer is none of ours.
const MOST_BYTES: u64 = 1 << 20;

/// What a `stop` command ends. A sweep runs them in this order: nothing is ended before what uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stops {
    /// What a command started, such as the container that it runs in.
    Command,
    /// A service.
    Service,
    /// The network of a build.
    Network,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    stops: Stops,
    argv: Vec<String>,
    environment: Variables,
    sweeps: u32,
}

/// A record that stands.
#[derive(Debug)]
pub(crate) struct StopRecord(PathBuf);

impl StopRecord {
    /// Writes the record of an expanded `stop` in the slot's directory. Its environment is what a sweep finds
    /// in its own, what is given here, and where the engine is.
    pub(crate) fn write(
        slot: &Path,
        (stops, name): (Stops, &str),
        argv: &[String],
        environment: &Variables,
        inherited: &[(String, OsString)],
    ) -> io::Result<Self> {
        let address = inherited.iter().filter(|(name, _)| ADDRESS.contains(&name.as_str()));
        let address = address.filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned())));
        let environment = address.chain(environment.clone()).collect();
        let path = directory(slot).join(name);
        put(&path, &Content { stops, argv: argv.to_vec(), environment, sweeps: 0 })?;
        Ok(Self(path))
    }

    /// What it was to end has ended.
    pub(crate) fn remove(self) {
        file_operation();
        // If it stays, the next sweep runs it in vain.
        let _ = fs::remove_file(&self.0);
    }
}

fn directory(slot: &Path) -> PathBuf {
    slot.join("stops")
}

fn put(path: &Path, content: &Content) -> io::Result<()> {
    let text = serde_json::to_vec(content)?;
    let open = || {
        file_operation();
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
    };
    let mut file = match (open(), path.parent()) {
        (Err(error), Some(directory)) if error.kind() == io::ErrorKind::NotFound => {
            file_operation();
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            open()?
        }
        (opened, _) => opened?,
    };
    file.write_all(&text)
}

/// What a sweep of the records of one slot did.
#[derive(Debug, Default)]
pub(super) struct Stopped {
    pub(super) done: u64,
    pub(super) problems: Vec<String>,
}

/// Runs the recorded commands of a slot whose processes are gone.
pub(super) fn sweep(
    slot: &Path,
    group: &Group,
    limit: Duration,
    inherited: &[(String, OsString)],
) -> Stopped {
    let mut stopped = Stopped::default();
    for (path, content) in records(slot, &mut stopped.problems) {
        match run_twice(&content, slot, group, limit, inherited) {
            Ok(()) => {
                stopped.done += 1;
                let _ = fs::remove_file(&path);
            }
            Err(problem) => stopped.problems.extend(keep_or_give_up(&path, content, &problem)),
        }
    }
    stopped
}

/// The records of a slot in the order in which they are run. What is none is removed.
fn records(slot: &Path, problems: &mut Vec<String>) -> Vec<(PathBuf, Content)> {
    let Ok(entries) = fs::read_dir(directory(slot)) else { return Vec::new() };
    let mut records = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        match read(&path) {
            Some(content) => records.push((path, content)),
            None => {
                problems.push(format!("{} is no record of a stop command: removed", path.display()));
                let _ = fs::remove_file(&path);
            }
        }
    }
    records.sort_by(|(one, first), (other, second)| (first.stops, one).cmp(&(second.stops, other)));
    records
}

fn read(path: &Path) -> Option<Content> {
    if fs::metadata(path).ok()?.len() > MOST_BYTES {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// A second time if it fails: the engine may have been just about to start what is to be stopped.
fn run_twice(
    content: &Content,
    slot: &Path,
    group: &Group,
    limit: Duration,
    inherited: &[(String, OsString)],
) -> Result<(), String> {
    let environment = environment::assemble(inherited, &Variables::new(), &content.environment).pairs;
    let command = Prepared::new(&content.argv, environment, slot)?;
    bounded::run(&command, group, limit).or_else(|_| {
        std::thread::sleep(Duration::from_millis(500));
        bounded::run(&command, group, limit)
    })
}

/// A record whose command failed is tried in a few more sweeps (an engine may be down), then given up.
fn keep_or_give_up(path: &Path, mut content: Content, problem: &str) -> Option<String> {
    content.sweeps += 1;
    let command = content.argv.join(" ");
    if content.sweeps >= SWEEPS || put(path, &content).is_err() {
        let _ = fs::remove_file(path);
        return Some(format!("`{command}` failed in {SWEEPS} sweeps and is given up: {problem}"));
    }
    Some(format!("`{command}` failed and will be tried again: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::host::Running;

    const LIMIT: Duration = Duration::from_secs(10);

    fn swept(slot: &Path) -> Stopped {
        let running = Running::begin("test/sweep".to_owned());
        let inherited = [("PATH".to_owned(), OsString::from("/usr/bin:/bin"))];
        sweep(slot, &running.group(), LIMIT, &inherited)
    }

    fn record(slot: &Path, stops: Stops, name: &str, script: &str) {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        let environment = Variables::from([("param_name".to_owned(), name.to_owned())]);
        let inherited = [("DOCKER_HOST", "unix:///x"), ("TOKEN", "secret")];
        let inherited = inherited.map(|(name, value)| (name.to_owned(), OsString::from(value)));
        StopRecord::write(slot, (stops, name), &argv, &environment, &inherited).expect("written");
    }

    #[test]
    fn what_uses_something_is_stopped_before_it_with_what_it_was_given() {
        let slot = tempfile::tempdir().expect("a directory");
        let say = r#"echo "$param_name $DOCKER_HOST $TOKEN" >>said"#;
        record(slot.path(), Stops::Network, "a-network", say);
        record(slot.path(), Stops::Service, "b-service", say);
        record(slot.path(), Stops::Command, "c-command", say);
        let stopped = swept(slot.path());
        assert_eq!((stopped.done, stopped.problems), (3, Vec::new()));
        let said = fs::read_to_string(slot.path().join("said")).expect("written");
        assert_eq!(said, "c-command unix:///x \nb-service unix:///x \na-network unix:///x \n");
        assert_eq!(fs::read_dir(directory(slot.path())).expect("there").count(), 0);
    }

    #[test]
    fn one_that_fails_is_tried_in_a_few_sweeps_and_holds_up_no_other() {
        let slot = tempfile::tempdir().expect("a directory");
        record(slot.path(), Stops::Service, "fails", "echo down; exit 1");
        record(slot.path(), Stops::Network, "works", "true");
        fs::write(directory(slot.path()).join("garbage"), "{").expect("written");
        let first = swept(slot.path());
        assert_eq!((first.done, first.problems.len()), (1, 2));
        for problem in ["will be tried again: exit code 1: down", "is given up: exit code 1: down"] {
            let [said] = &swept(slot.path()).problems[..] else { panic!("one problem") };
            assert!(said.ends_with(problem), "{said}");
        }
        assert_eq!(swept(slot.path()).problems, Vec::<String>::new());
    }
}
