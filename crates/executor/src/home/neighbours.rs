//! Work directories know of each other, so that what a dead worker left is swept by the next `pikoci` that
//! starts on the host, whichever that is: `/tmp/pikoci-UID/homes/ID` holds the path of a work directory whose
//! session is running.

use super::lock::Lock;
use super::sweep::{Swept, sweep};
use super::temporary::{base_of, private_base, remove_if_empty};
use super::{make_private, session};
use crate::settings::Settings;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Where they are kept: a directory that every process of the user finds without being told.
pub(super) const BASE: &str = "/tmp";

/// An entry, removed at a session's end.
#[derive(Debug)]
pub(super) struct Registration(PathBuf);

impl Drop for Registration {
    fn drop(&mut self) {
        // If it stays, somebody looks at a directory in which there is nothing to do.
        let _ = fs::remove_file(&self.0);
        if let Some(entries) = self.0.parent() {
            remove_if_empty(entries, 2);
        }
    }
}

/// Sweeps the directories of the dead, and enters this one. Without the directory of entries (it is not ours)
/// that is a problem to tell, and no reason not to work.
pub(super) fn sweep_and_register(
    id: &str,
    home: &Path,
    settings: &Settings,
    inherited: &[(String, OsString)],
    swept: &mut Swept,
) -> Option<Registration> {
    match made_entries() {
        Ok(entries) => {
            sweep_dead(&entries, id, settings, inherited, swept);
            register(&entries, id, home, swept)
        }
        Err(problem) => {
            swept.problems.push(problem);
            None
        }
    }
}

/// Sweeps the directories of dead workers; for a `pikoci` that is not in the list itself.
pub(super) fn sweep_all(settings: &Settings, inherited: &[(String, OsString)], swept: &mut Swept) {
    let entries = entries();
    if entries.exists() {
        match made_entries() {
            Ok(entries) => sweep_dead(&entries, "", settings, inherited, swept),
            Err(problem) => swept.problems.push(problem),
        }
    }
}

fn entries() -> PathBuf {
    base_of(Path::new(BASE)).join("homes")
}

/// The directory of entries, made if need be, and ours.
fn made_entries() -> Result<PathBuf, String> {
    private_base(Path::new(BASE))
        .and_then(|_| make_private(&entries()))
        .map_err(|error| error.to_string())?;
    Ok(entries())
}

fn register(entries: &Path, id: &str, home: &Path, swept: &mut Swept) -> Option<Registration> {
    let entry = entries.join(id);
    let write = || fs::write(&entry, home.as_os_str().as_encoded_bytes());
    // The last one that goes removes the directory, perhaps right now: then once more.
    let written = write().or_else(|error| made_entries().map_err(|_| error).and_then(|_| write()));
    match written {
        Ok(()) => Some(Registration(entry)),
        Err(error) => {
            swept.problems.push(format!("{} could not be written: {error}", entry.display()));
            None
        }
    }
}

fn sweep_dead(
    entries: &Path,
    id: &str,
    settings: &Settings,
    inherited: &[(String, OsString)],
    swept: &mut Swept,
) {
    let Ok(found) = fs::read_dir(entries) else { return };
    for entry in found.flatten().map(|entry| entry.path()) {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name == id {
            continue;
        }
        let Some(home) = fs::read_to_string(&entry).ok().map(PathBuf::from) else { continue };
        if session::read_id(&home).as_deref() != Some(name.as_str()) {
            let _ = fs::remove_file(&entry); // it is gone, or another's by now
            continue;
        }
        if !session::is_within_sight(&home) {
            continue;
        }
        // Its attempts stay on record: they are for its own next session to deliver.
        let Some(_lock) = Lock::take_abandoned(&home) else { continue };
        swept.add(&mut sweep(&home, &name, false, settings, inherited));
        let _ = fs::remove_file(&entry);
    }
}
