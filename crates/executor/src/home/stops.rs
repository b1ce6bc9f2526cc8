//! `stop` commands on record: what would end something that a process started and that does not end with it,
//! such as a container. Written before the process starts and removed afterwards, so that after the death of
//! this process the next sweep can run it.
//!
//! A record is `slots/N/stops/STEP`, JSON, for the owner's eyes only.

use crate::count::file_operation;
use crate::environment::{self, Variables};
use crate::process::bounded;
use crate::process::host::AttemptKey;
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

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    argv: Vec<String>,
    address: Variables,
    #[serde(default)]
    sweeps: u32,
}

/// A record that stands.
#[derive(Debug)]
pub(crate) struct StopRecord(PathBuf);

impl StopRecord {
    /// Writes the record of an expanded `stop` in the slot's directory.
    pub(crate) fn write(
        slot: &Path,
        step: &str,
        argv: &[String],
        inherited: &[(String, OsString)],
    ) -> io::Result<Self> {
        let is_address = |name: &str| ADDRESS.contains(&name);
        let address = inherited.iter().filter(|(name, _)| is_address(name));
        let address =
            address.filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned()))).collect();
        let path = directory(slot).join(step);
        put(&path, &Content { argv: argv.to_vec(), address, sweeps: 0 })?;
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
    attempt: AttemptKey,
    limit: Duration,
    inherited: &[(String, OsString)],
) -> Stopped {
    let mut stopped = Stopped::default();
    let Ok(records) = fs::read_dir(directory(slot)) else { return stopped };
    for path in records.flatten().map(|entry| entry.path()) {
        let Some(content) = read(&path) else {
            stopped.problems.push(format!("{} is no record of a stop command: removed", path.display()));
            let _ = fs::remove_file(&path);
            continue;
        };
        match run_twice(&content, slot, attempt, limit, inherited) {
            Ok(()) => {
                stopped.done += 1;
                let _ = fs::remove_file(&path);
            }
            Err(problem) => stopped.problems.extend(keep_or_give_up(&path, content, &problem)),
        }
    }
    stopped
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
    attempt: AttemptKey,
    limit: Duration,
    inherited: &[(String, OsString)],
) -> Result<(), String> {
    let environment = environment::assemble(inherited, &Variables::new(), &content.address).pairs;
    let command = Prepared::new(&content.argv, environment, slot)?;
    bounded::run(&command, attempt, limit).or_else(|_| {
        std::thread::sleep(Duration::from_millis(500));
        bounded::run(&command, attempt, limit)
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
