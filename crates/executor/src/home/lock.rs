//! The lock of a work directory: flock(2) on `lock`, or, of a temporary one, on the directory itself. The
//! kernel releases it when its holder dies.

use super::{HomeError, io_error};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a holder writes before its pid that only sweeps, and will be gone soon.
const SWEEPING: &str = "sweeping ";

/// How long a sweep by another process is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the lock is tried for in any case: who has just taken it to sweep has not yet written so.
const HESITATION: Duration = Duration::from_millis(250);

/// The lock, held.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Flock<File>,
}

impl Lock {
    /// Takes the lock of the directory to work in it. A process that only sweeps there is waited for.
    pub(super) fn take(directory: &Path) -> Result<Self, HomeError> {
        let path = directory.join("lock");
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = file.map_err(io_error("opened", &path))?;
        let since = Instant::now();
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Self::sign(lock, "", &path),
                Err((unlocked, _)) => file = unlocked,
            }
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let patience = if holder.starts_with(SWEEPING) { PATIENCE } else { HESITATION };
            if since.elapsed() >= patience {
                return Err(locked(directory, &holder));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes the lock to sweep what a dead holder left; `None` if there is no lock, or somebody has it.
    pub(super) fn take_abandoned(directory: &Path) -> Option<Self> {
        let path = directory.join("lock");
        let file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
        Self::sign(lock, SWEEPING, &path).ok()
    }

    /// Takes the lock on a directory itself, if nobody has it.
    pub(super) fn of_directory(directory: &Path) -> Option<Self> {
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(directory).ok()?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
        Some(Self { _file: lock })
    }

    /// Writes who holds it.
    fn sign(mut lock: Flock<File>, role: &str, path: &Path) -> Result<Self, HomeError> {
        lock.set_len(0).map_err(io_error("written", path))?;
        lock.write_all(format!("{role}{}\n", std::process::id()).as_bytes())
            .map_err(io_error("written", path))?;
        Ok(Self { _file: lock })
    }
}

fn locked(directory: &Path, holder: &str) -> HomeError {
    let holder = holder.trim().trim_start_matches(SWEEPING);
    let holder = if holder.is_empty() { "unknown" } else { holder }.to_owned();
    HomeError::Locked { path: directory.to_owned(), holder }
}
