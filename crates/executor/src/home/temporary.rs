//! Work directories that live no longer than the process that has them: `BASE/pikoci-UID/run/RANDOM`.

use super::lock::Lock;
use super::sweep::{Swept, sweep_abandoned};
use super::{HomeError, io_error, make_private, session};
use crate::environment;
use crate::files;
use crate::settings::Settings;
use nix::unistd::Uid;
use std::fs;
use std::path::{Path, PathBuf};

/// Makes one, locked, after sweeping away those that nobody holds any more.
pub(super) fn make(base: &Path, settings: &Settings) -> Result<(PathBuf, Lock, Swept), HomeError> {
    let run = private_base(base)?.join("run");
    make_private(&run)?;
    let run = fs::canonicalize(&run).map_err(io_error("opened", &run))?;
    let swept = sweep_siblings(&run, settings);
    let name = ulid::Ulid::generate().to_string();
    // Locked before it has the name under which a sweep finds it.
    let unnamed = run.join(format!(".{name}"));
    make_private(&unnamed)?;
    let lock = Lock::take(&unnamed)?;
    let path = run.join(name);
    fs::rename(&unnamed, &path).map_err(io_error("named", &path))?;
    Ok((path, lock, swept))
}

/// Removes a directory that is empty, and those above it that were made for it: so many in all.
pub(super) fn remove_if_empty(path: &Path, levels: usize) {
    for directory in path.ancestors().take(levels) {
        if fs::remove_dir(directory).is_err() {
            return; // not empty: it is found by the next that is made
        }
    }
}

/// `BASE/pikoci-UID`, which must be ours: in a directory that all may write to, another could have made it.
pub(super) fn private_base(base: &Path) -> Result<PathBuf, HomeError> {
    let path = base_of(base);
    make_private(&path)?;
    Ok(path)
}

/// Where that is.
pub(super) fn base_of(base: &Path) -> PathBuf {
    base.join(format!("pikoci-{}", Uid::effective()))
}

fn sweep_siblings(run: &Path, settings: &Settings) -> Swept {
    let mut swept = Swept::default();
    let Ok(entries) = fs::read_dir(run) else { return swept };
    for path in entries.flatten().map(|entry| entry.path()) {
        if session::is_open(&path) && !session::is_within_sight(&path) {
            continue;
        }
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_hidden && !is_old(&path) {
            continue; // just being made
        }
        let Some(_lock) = Lock::take_abandoned(&path) else { continue };
        let inherited = environment::inherited(std::env::vars_os(), &settings.pass);
        swept.add(&mut sweep_abandoned(&path, settings, &inherited));
        if still_has_stops(&path) {
            continue; // for a later sweep to try again
        }
        swept.problems.extend(files::empty(&path));
        let _ = fs::remove_dir(&path); // what is left in it was told of
    }
    swept
}

/// Whether it was made more than an hour ago: whoever made it has not come to naming it.
fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
    matches!(age, Ok(Ok(age)) if age.as_secs() > 3_600)
}

fn still_has_stops(home: &Path) -> bool {
    let Ok(slots) = fs::read_dir(home.join("slots")) else { return false };
    slots.flatten().any(|slot| files::look(&slot.path().join("stops")) == files::Found::Filled)
}
