//! A slot of a work directory: where one attempt at a time works.

use super::{HomeError, Inner, StopRecord, Stops, foreign, io_error, make_private};
use crate::count::file_operation;
use crate::environment::Variables;
use crate::files::{self, Found};
use crate::lane::Lane;
use crate::process::cgroup::Cgroup;
use crate::process::host::Running;
use pikoci_plan::id::AttemptId;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A slot, for one attempt at a time. It has a thread of its own, on which processes are started.
#[derive(Debug)]
pub struct Slot {
    /// Before the place: what ends here still needs it.
    lane: Lane,
    place: Arc<Place>,
}

/// The directories of a slot.
#[derive(Debug)]
pub(crate) struct Place {
    home: Arc<Inner>,
    number: u32,
    path: PathBuf,
    work: PathBuf,
    scratch: PathBuf,
    /// Where its processes live, if there can be one.
    cgroup: Option<Arc<Cgroup>>,
}

/// Why a slot cannot take an attempt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SlotError {
    /// A directory could be neither emptied nor put aside.
    #[error("{} is not empty, and could be neither emptied nor put aside: {source}", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The attempt could not be entered in the record.
    #[error("the attempt could not be entered in the work directory's record: {0}")]
    Record(io::Error),
}

impl Slot {
    pub(super) fn open(home: Arc<Inner>, number: u32) -> Result<Self, HomeError> {
        let path = home.path.join("slots").join(number.to_string());
        let (work, scratch) = (path.join("work"), path.join("scratch"));
        let cgroup = Cgroup::make(home.id.as_str(), number).map(Arc::new);
        let place = Place { home, number, path, work, scratch, cgroup };
        make_private(&place.path)?;
        for directory in [&place.work, &place.scratch] {
            prepare(directory, &mut Vec::new()).map_err(io_error("made", directory))?;
        }
        Ok(Self { place: Arc::new(place), lane: Lane::new(format!("pikoci-slot-{number}")) })
    }

    /// Its number in the work directory.
    pub fn number(&self) -> u32 {
        self.place.number
    }

    /// The attempt's last event is acknowledged: it need not be known any more. See also
    /// [`Home::clear`](super::Home::clear).
    pub fn clear(&self, attempt: &AttemptId) -> io::Result<()> {
        self.place.home.records.clear(attempt)
    }

    /// `$WORKDIR` of what runs here.
    pub fn work(&self) -> &Path {
        &self.place.work
    }

    /// Where it is, and the thread on which it runs.
    pub(crate) fn parts(&mut self) -> (&Arc<Place>, &mut Lane) {
        (&self.place, &mut self.lane)
    }
}

impl Place {
    /// What it is in: processes of a build do not write there.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Begins the processes of an attempt.
    pub(crate) fn running(&self, attempt: &AttemptId) -> Running {
        Running::begin_in(self.cgroup.clone(), self.home.marker(attempt))
    }

    pub(crate) fn home(&self) -> &Arc<Inner> {
        &self.home
    }

    /// Enters an attempt, and makes sure that its directories are there and truly empty. What was in the way
    /// and could not be removed is told.
    pub(crate) fn begin(&self, attempt: &AttemptId) -> Result<Vec<String>, SlotError> {
        self.home.records.begin(attempt).map_err(SlotError::Record)?;
        let mut problems = Vec::new();
        for directory in [&self.work, &self.scratch] {
            prepare(directory, &mut problems)
                .map_err(|source| SlotError::NotEmpty { path: directory.clone(), source })?;
        }
        Ok(problems)
    }

    /// The directories that hold something.
    pub(crate) fn filled(&self) -> Vec<PathBuf> {
        let directories = [&self.work, &self.scratch];
        directories.into_iter().filter(|directory| files::look(directory) != Found::Empty).cloned().collect()
    }

    /// Puts the workspace aside, where nobody empties it; where that is.
    pub(crate) fn keep_work(&self) -> io::Result<PathBuf> {
        let kept = self.home.path.join("kept");
        make(&kept)?;
        let path = kept.join(ulid::Ulid::generate().to_string());
        fs::rename(&self.work, &path)?;
        make(&self.work)?;
        Ok(path)
    }

    /// Puts a `stop` command on record, under a name that no other has at the time. `environment` is what it
    /// needs besides where the engine is; it is written to disk, so no secret may be in it.
    pub(crate) fn record_stop(
        &self,
        stops: Stops,
        name: &str,
        argv: &[String],
        environment: &Variables,
    ) -> io::Result<StopRecord> {
        StopRecord::write(&self.path, (stops, name), argv, environment, &self.home.inherited)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.cgroup.as_ref().is_some_and(|cgroup| !cgroup.remove()) {
            self.home.leave_to_sweep();
        }
        self.home.slots_in_use().remove(&self.number);
    }
}

/// Makes the directory be there and empty. One that is found so costs three system calls. May remove many
/// files; the hot path never does.
pub(crate) fn prepare(directory: &Path, problems: &mut Vec<String>) -> io::Result<()> {
    match files::look(directory) {
        Found::Empty => return Ok(()),
        Found::Nothing => return make(directory),
        Found::Filled | Found::Closed => {
            let left = foreign::empty(directory);
            if left.is_empty() {
                return if directory.is_dir() { Ok(()) } else { make(directory) };
            }
            problems.extend(left);
        }
        Found::Other => problems.push(format!("{} is no directory any more", directory.display())),
    }
    put_aside(directory)?;
    make(directory)
}

/// Makes it, with its parents: a build may have removed those too.
fn make(directory: &Path) -> io::Result<()> {
    file_operation();
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Moves what is at the path to a name under which the next sweep looks at it again.
fn put_aside(directory: &Path) -> io::Result<()> {
    file_operation();
    fs::rename(directory, directory.with_file_name(format!("left-{}", ulid::Ulid::generate())))
}
