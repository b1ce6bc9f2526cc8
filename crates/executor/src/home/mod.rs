//! The work directory of a worker (or of one `pikoci run`): who owns it, what was begun in it, and what an
//! earlier owner left behind.
//!
//! ```text
//! HOME/lock            held with flock as long as the owner lives; its pid is in it
//! HOME/id              the worker's id
//! HOME/session         the last number of the newest session, the boot it ran in, and that in which servers last judged
//! HOME/open            there while a session runs: found at opening, the one before did not end well
//! HOME/attempts        the attempts that were begun and are not yet delivered (see `records`)
//! HOME/slots/N/work    $WORKDIR of what runs in slot N; scratch/ is $SCRATCH, stops/ see `stops`
//! HOME/cache/HASH      what resources keep from build to build
//! ```
//!
//! A temporary one has only `open` and slots: no record of it outlives its session, and its caches are the user's.

mod cache;
mod foreign;
mod lock;
mod neighbours;
mod records;
mod session;
mod shared;
mod slot;
mod stops;
mod sweep;
mod temporary;

pub(crate) use shared::{Guard, Kind, Shared, Tried};
pub use slot::Slot;
pub(crate) use slot::{Place, prepare};
pub(crate) use stops::{StopRecord, Stops};
pub use sweep::Swept;

use crate::environment;
use crate::settings::Settings;
use lock::Lock;
use nix::unistd::Uid;
use pikoci_plan::id::{AttemptId, WorkerId};
use records::Records;
use session::Session;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A work directory that is ours as long as this, or a slot of it, lives.
#[derive(Debug, Clone)]
pub struct Home(Arc<Inner>);

/// Why a work directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Another process has it.
    #[error("the work directory {} is in use by process {holder}; give each worker a directory of its own", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Who holds it: a pid, or `unknown`.
        holder: String,
    },
    /// It belongs to another user, who could change what runs in it.
    #[error("{} belongs to user {owner}, not to us: it is not safe to work in", path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// Its path cannot be a text in the environment of a process.
    #[error("the path {} is not UTF-8, or has a line feed in it", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The slot is in use by another part of this process.
    #[error("slot {0} is in use")]
    SlotTaken(u32),
    /// The system refused something.
    #[error("{} could not be {what}: {source}", path.display())]
    Io {
        /// What was tried: `opened`, `written`.
        what: &'static str,
        /// Of which file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

#[derive(Debug)]
pub(crate) struct Inner {
    path: PathBuf,
    id: WorkerId,
    session: Session,
    records: Records,
    unfinished: Vec<AttemptId>,
    swept: Swept,
    /// Where the caches of resources are.
    caches: PathBuf,
    pub(crate) settings: Settings,
    /// What every process gets of our own environment.
    pub(crate) inherited: Vec<(String, OsString)>,
    slots_in_use: Mutex<HashSet<u32>>,
    /// Something is left that the next session is to sweep.
    is_unclean: AtomicBool,
    /// Registered for others to sweep, should we not come to it.
    neighbour: Option<neighbours::Registration>,
    /// Last, so that the directory is ours until everything else is put away.
    _lock: Lock,
}

impl Home {
    /// Takes the work directory at `path`, makes it if it is not there, and sweeps what an earlier session
    /// left in it: processes, containers, files. May take seconds if there is something to end.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, HomeError> {
        make_private(path)?;
        let path = fs::canonicalize(path).map_err(io_error("opened", path))?;
        let lock = Lock::take(&path)?;
        let session = Session::begin(&path)?;
        let (records, unfinished) = Records::open(&path)?;
        let caches = path.join("cache");
        let mut inner = Inner::new(path, session, records, settings, (lock, caches))?;
        inner.unfinished = unfinished;
        let Inner { path, session, settings, inherited, swept, .. } = &mut inner;
        if session.is_after_a_crash() {
            *swept = sweep::sweep(path, session.id(), session.rebooted(), settings, inherited);
        }
        inner.neighbour = neighbours::sweep_and_register(session.id(), path, settings, inherited, swept);
        Ok(Self(Arc::new(inner)))
    }

    /// A work directory for one `pikoci run`, below `BASE/pikoci-UID/run`, where `BASE` is usually `/tmp`: one
    /// that nobody uses, or a new one. What is in it goes when the last user of this does; the empty
    /// directories stay, to be used again. Sweeps those whose owner died.
    pub fn temporary(base: &Path, settings: Settings) -> Result<Self, HomeError> {
        let taken = temporary::take(base, &settings)?;
        let caches =
            cache::of_user(|name| std::env::var_os(name)).unwrap_or_else(|| taken.path.join("cache"));
        let records = Records::in_memory();
        let mut inner = Inner::new(taken.path, taken.session, records, settings, (taken.lock, caches))?;
        inner.swept = taken.swept;
        neighbours::sweep_all(&inner.settings, &inner.inherited, &mut inner.swept);
        Ok(Self(Arc::new(inner)))
    }

    /// The worker's id, which stays with the directory.
    pub fn id(&self) -> &WorkerId {
        &self.0.id
    }

    /// The number of this session: two more at each opening, so that the number after it is its own too, for the time in
    /// which it only ends what it has begun.
    pub fn session(&self) -> u64 {
        self.0.session.number()
    }

    /// Whether the machine was started anew since servers last [judged](Home::judged) what sessions held. What
    /// [`Home::unfinished`] says cannot be trusted then: it is written without waiting for the disk.
    pub fn rebooted(&self) -> bool {
        self.0.session.is_unjudged()
    }

    /// Servers have judged all that was given to sessions before this one: the next need not say that the machine was
    /// started anew before it.
    ///
    /// # Errors
    /// If the disk refuses to note it. It is only said once more then.
    pub fn judged(&self) -> Result<(), HomeError> {
        self.0.session.judged()
    }

    /// The attempts that earlier sessions began and did not see delivered. Each stays until it is
    /// [cleared](Home::clear).
    pub fn unfinished(&self) -> &[AttemptId] {
        &self.0.unfinished
    }

    /// What was swept at opening.
    pub fn swept(&self) -> &Swept {
        &self.0.swept
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The last event of the attempt is acknowledged: it need not be known any more.
    pub fn clear(&self, attempt: &AttemptId) -> io::Result<()> {
        self.0.records.clear(attempt)
    }

    /// The slot of that number, whose directories are made if need be.
    pub fn slot(&self, number: u32) -> Result<Slot, HomeError> {
        if !self.0.slots_in_use().insert(number) {
            return Err(HomeError::SlotTaken(number));
        }
        Slot::open(Arc::clone(&self.0), number)
    }
}

impl Inner {
    fn new(
        path: PathBuf,
        session: Session,
        records: Records,
        settings: Settings,
        (lock, caches): (Lock, PathBuf),
    ) -> Result<Self, HomeError> {
        if !is_text(&path) {
            return Err(HomeError::Path { path });
        }
        Ok(Self {
            id: WorkerId(session.id().to_owned()),
            path,
            session,
            records,
            unfinished: Vec::new(),
            swept: Swept::default(),
            caches,
            inherited: environment::inherited(std::env::vars_os(), &settings.pass),
            settings,
            slots_in_use: Mutex::default(),
            is_unclean: AtomicBool::new(false),
            neighbour: None,
            _lock: lock,
        })
    }

    fn slots_in_use(&self) -> std::sync::MutexGuard<'_, HashSet<u32>> {
        self.slots_in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is left (a process, a directory) that the next session is to sweep.
    pub(crate) fn leave_to_sweep(&self) {
        self.is_unclean.store(true, Ordering::Release);
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of that name which outlives builds, made if need be. Who writes to it holds the lock
    /// [`Kind::Cache`] of its path.
    pub(crate) fn cache(&self, key: &str) -> Result<PathBuf, HomeError> {
        let path = self.caches.join(hash(key));
        if !is_text(&path) {
            return Err(HomeError::Path { path });
        }
        make_private(&path)?;
        Ok(path)
    }

    /// How the marker of an attempt's processes begins: a slash and the number of a command's group follow.
    pub(crate) fn marker(&self, attempt: &AttemptId) -> String {
        format!("{}/{attempt}", self.id)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.is_unclean.load(Ordering::Acquire) {
            self.session.end();
        }
    }
}

/// Whether the path can be a text in the environment of a process.
fn is_text(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.contains('\n'))
}

/// A file's name for any text: the first half of its SHA-256, 32 hexadecimal digits.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a directory that only we may enter, with its parents; one that is there must be ours.
pub(crate) fn make_private(path: &Path) -> Result<(), HomeError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(io_error("made", path))?;
    let metadata = fs::symlink_metadata(path).map_err(io_error("opened", path))?;
    if metadata.uid() != Uid::effective().as_raw() {
        return Err(HomeError::NotOurs { path: path.to_owned(), owner: metadata.uid() });
    }
    if metadata.is_dir() && metadata.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(io_error("made private", path))?;
    }
    Ok(())
}

/// Makes the error of an act on a path.
pub(crate) fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io { what, path, source }
}
