//! Work directories for a single `pikoci run`: `BASE/pikoci-UID/run/NAMESPACE-ID`. One that nobody holds is used
//! again, empty as it is found: to make and remove directories costs more than all else that a run does.

use super::lock::Lock;
use super::session::Session;
use super::sweep::{Swept, sweep};
use super::{HomeError, io_error, make_private, session};
use crate::environment;
use crate::files;
use crate::settings::Settings;
use nix::unistd::Uid;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One that is ours now.
pub(super) struct Taken {
    pub(super) path: PathBuf,
    pub(super) session: Session,
    pub(super) lock: Lock,
    /// What was swept in all of them.
    pub(super) swept: Swept,
}

/// Takes one, or makes one, and sweeps all that nobody holds. More than one that is free is removed.
pub(super) fn take(base: &Path, settings: &Settings) -> Result<Taken, HomeError> {
    let run = private_base(base)?.join("run");
    make_private(&run)?;
    let run = fs::canonicalize(&run).map_err(io_error("opened", &run))?;
    let mut swept = Swept::default();
    let mut taken = None;
    for path in fs::read_dir(&run).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let Some(id) = id_of(&path) else { continue };
        let Some(lock) = Lock::of_directory(&path) else { continue };
        if session::is_open(&path) || still_has_stops(&path) {
            let inherited = environment::inherited(std::env::vars_os(), &settings.pass);
            swept.add(&mut sweep(&path, id, false, settings, &inherited));
        }
        match taken {
            None => taken = Some((path.clone(), id.to_owned(), lock)),
            Some(_) => remove(&path, &mut swept),
        }
    }
    let (path, id, lock) = taken.map_or_else(|| make(&run), Ok)?;
    let session = Session::only(&path, id)?;
    Ok(Taken { path, session, lock, swept })
}

fn make(run: &Path) -> Result<(PathBuf, String, Lock), HomeError> {
    let id = ulid::Ulid::generate().to_string();
    let name = format!("{}-{id}", session::namespace());
    // Locked before it has the name under which another finds it.
    let unnamed = run.join(format!(".{name}"));
    make_private(&unnamed)?;
    let lock = Lock::of_directory(&unnamed)
        .ok_or_else(|| io_error("locked", &unnamed)(io::ErrorKind::WouldBlock.into()))?;
    let path = run.join(name);
    fs::rename(&unnamed, &path).map_err(io_error("named", &path))?;
    Ok((path, id, lock))
}

/// Removes one that is swept and that nobody needs; not while a `stop` is to be tried again, or a workspace is
/// kept in it.
fn remove(path: &Path, swept: &mut Swept) {
    if !still_has_stops(path) && files::look(&path.join("kept")) != files::Found::Filled {
        swept.problems.extend(files::empty(path));
        let _ = fs::remove_dir(path); // what is left in it was told of
    }
}

/// The id of a directory that may be swept: not one that is just being made, and none of another container,
/// whose processes we could not find.
fn id_of(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let (name, is_named) = name.strip_prefix('.').map_or((name, true), |name| (name, false));
    let (namespace, id) = name.split_once('-')?;
    let is_ours = namespace == session::namespace() && (is_named || is_old(path));
    is_ours.then_some(id)
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

/// Whether it was made more than an hour ago: whoever made it has not come to naming it.
fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
    matches!(age, Ok(Ok(age)) if age.as_secs() > 3_600)
}

fn still_has_stops(home: &Path) -> bool {
    let Ok(slots) = fs::read_dir(home.join("slots")) else { return false };
    slots.flatten().any(|slot| files::look(&slot.path().join("stops")) == files::Found::Filled)
}
