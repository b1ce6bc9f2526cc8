//! Sweeping what a dead owner of a work directory left: its processes, what its `stop` commands end, the
//! contents of its workspaces.

use super::{foreign, stops};
use crate::files::{self, Found};
use crate::process::cgroup;
use crate::process::handle::Handle;
use crate::process::host::Running;
use crate::process::proc;
use crate::process::table::Seen;
use crate::settings::Settings;
use nix::sys::signal::Signal;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// For how long processes are killed before those that are left are given up.
const KILLING: Duration = Duration::from_secs(10);

/// For how long processes are only stopped as long as there are new ones.
const STOPPING: Duration = Duration::from_secs(2);

/// What a sweep did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many processes were killed.
    pub processes: u64,
    /// How many `stop` commands were run.
    pub stops: u64,
    /// How many directories held something and were emptied.
    pub directories: u64,
    /// What could not be done, in sentences.
    pub problems: Vec<String>,
}

impl Swept {
    /// Whether there was nothing to sweep.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn add(&mut self, other: &mut Self) {
        self.processes += other.processes;
        self.stops += other.stops;
        self.directories += other.directories;
        self.problems.append(&mut other.problems);
    }
}

/// Sweeps the work directory `home`, whose lock is held, of which `id` is the id.
pub(super) fn sweep(
    home: &Path,
    id: &str,
    rebooted: bool,
    settings: &Settings,
    inherited: &[(String, OsString)],
) -> Swept {
    let mut swept = Swept::default();
    let slots = fs::read_dir(home.join("slots")).into_iter().flatten().flatten().map(|entry| entry.path());
    let slots: Vec<PathBuf> = slots.collect();
    if !rebooted {
        kill_all(id, &slots, &mut swept);
    }
    let sweeping = Running::begin(format!("{id}/sweep"));
    let group = sweeping.group();
    for slot in slots {
        let stopped = stops::sweep(&slot, &group, settings.stop_timeout, inherited);
        swept.stops += stopped.done;
        swept.problems.extend(stopped.problems);
        empty_slot(&slot, &mut swept);
    }
    swept
}

/// Empties what processes could write to; what was moved aside (`left-…`) goes altogether.
fn empty_slot(slot: &Path, swept: &mut Swept) {
    let Ok(entries) = fs::read_dir(slot) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name == "stops" {
            continue;
        }
        if matches!(files::look(&path), Found::Filled | Found::Closed) {
            swept.directories += 1;
            swept.problems.extend(foreign::empty(&path));
        }
        if name != "work" && name != "scratch" {
            // One that is not empty was told of already.
            let _ = fs::remove_dir(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}

/// Kills the processes that carry the id in their marker or are in a cgroup of its slots, and what descends from
/// them, until none is left.
fn kill_all(id: &str, slots: &[PathBuf], swept: &mut Swept) {
    let (stopping, given_up) = (Instant::now() + STOPPING, Instant::now() + KILLING);
    let (mut stopped, mut killed) = (HashSet::new(), HashSet::new());
    let numbers = slots.iter().filter_map(|slot| slot.file_name()?.to_str()?.parse().ok());
    let cgroups = cgroup::left_by(id, numbers);
    loop {
        let caught = cgroups.iter().flat_map(|path| cgroup::pids(path)).collect();
        let living = marked(id, &caught);
        if living.is_empty() {
            break;
        }
        if Instant::now() >= given_up {
            let left =
                living.iter().map(|seen| format!("process {} cannot be ended", proc::describe(seen.pid)));
            swept.problems.extend(left);
            break;
        }
        // All are stopped before the first dies: a child that nobody has seen yet is found by its parent.
        let are_new = signal(&living, Signal::SIGSTOP, &mut stopped);
        if are_new && Instant::now() < stopping {
            continue;
        }
        signal(&living, Signal::SIGKILL, &mut killed);
        std::thread::sleep(Duration::from_millis(5));
    }
    swept.processes += killed.len() as u64;
    for path in cgroups.iter().filter(|path| !cgroup::remove(path)) {
        swept.problems.push(format!("the cgroup {} cannot be removed", path.display()));
    }
}

/// Sends the signal to those that did not get it yet; whether there were any.
fn signal(processes: &[Seen], signal: Signal, done: &mut HashSet<(i32, u64)>) -> bool {
    let before = done.len();
    for seen in processes {
        let name = (seen.pid, seen.started);
        if !done.contains(&name) && Handle::of(seen).is_some_and(|it| it.signal(signal).is_ok()) {
            done.insert(name);
        }
    }
    done.len() > before
}

/// The living processes that carry the id in their marker or were caught, and what descends from them. Not this
/// process, which may itself run in a build.
fn marked(id: &str, caught: &HashSet<i32>) -> Vec<Seen> {
    let prefix = format!("{id}/");
    let us = std::process::id() as i32;
    let table: HashMap<i32, Seen> =
        proc::pids().into_iter().filter_map(|pid| Some((pid, proc::look(pid)?))).collect();
    let is_marked = |seen: &Seen| {
        caught.contains(&seen.pid) || seen.marker.as_ref().is_some_and(|marker| marker.starts_with(&prefix))
    };
    let descends = |seen: &Seen| {
        let ancestors = std::iter::successors(Some(seen), |seen| table.get(&seen.parent)).take(table.len());
        ancestors.into_iter().any(is_marked)
    };
    table.values().filter(|seen| !seen.is_dead() && seen.pid != us && descends(seen)).cloned().collect()
}
