//! What all that run on this host for one user share, and only one may have at a time: a service that is not
//! isolated, a port, a cache. A lock is flock(2) on `/tmp/pikoci-UID/shared/KIND-HASH`, so that the kernel
//! releases it when its holder dies; the holder's pid is in the file, which goes with the lock.

use super::neighbours::BASE;
use super::temporary::private_base;
use super::{HomeError, hash, io_error, make_private};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked whether a lock is free: flock(2) can be waited for only by a blocked thread, which
/// nothing could call back.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A service of which a host can have one at a time, by the name of its type.
    Service,
    /// A port of this host, by its number.
    Port,
    /// A cache, by its path.
    Cache,
}

/// The locks of this user on this host.
#[derive(Debug, Clone)]
pub(crate) struct Shared(PathBuf);

/// A lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    file: Flock<File>,
    path: PathBuf,
}

/// What came of an attempt to take a lock at once.
#[derive(Debug)]
pub(crate) enum Tried {
    /// It is ours.
    Held(Guard),
    /// Another has it: this process, if its pid is known.
    Taken(Option<u32>),
}

impl Shared {
    /// The locks that every process of the user finds without being told.
    pub(crate) fn of_host() -> Result<Self, HomeError> {
        Self::below(Path::new(BASE))
    }

    fn below(base: &Path) -> Result<Self, HomeError> {
        Ok(Self(private_base(base)?.join("shared")))
    }

    /// Takes the lock if nobody has it.
    pub(crate) fn try_lock(&self, kind: Kind, name: &str) -> Result<Tried, HomeError> {
        let path = self.0.join(format!("{}-{}", kind.word(), hash(name)));
        loop {
            let file = self.open(&path)?;
            let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) => file,
                Err((_, nix::errno::Errno::EWOULDBLOCK)) => return Ok(Tried::Taken(holder(&path))),
                Err((_, error)) => return Err(io_error("locked", &path)(error.into())),
            };
            // Who had it before may have removed the file that we have locked.
            if is_at(&file, &path) {
                return sign(file, &path).map(|file| Tried::Held(Guard { file, path }));
            }
        }
    }

    /// Takes the lock as soon as it is free. Who waits is told of it once, with the holder's pid if it is known.
    /// Several that wait get it in no particular order.
    pub(crate) async fn lock(
        &self,
        kind: Kind,
        name: &str,
        wait: impl AsyncFnOnce(Option<u32>),
    ) -> Result<Guard, HomeError> {
        match self.try_lock(kind, name)? {
            Tried::Held(guard) => return Ok(guard),
            Tried::Taken(holder) => wait(holder).await,
        }
        loop {
            match self.try_lock(kind, name)? {
                Tried::Held(guard) => return Ok(guard),
                Tried::Taken(_) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    fn open(&self, path: &Path) -> Result<File, HomeError> {
        let open = || OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let opened = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_private(&self.0)?;
                open()
            }
            opened => opened,
        };
        opened.map_err(io_error("opened", path))
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Port => "port",
            Self::Cache => "cache",
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // While it is still held: nobody else can have taken it under this name. If the file stays, it is
        // locked again by the next.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether the file is what the path names.
fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|it| (it.dev(), it.ino()));
    let ours = identity(file.metadata());
    ours.is_some() && ours == identity(fs::metadata(path))
}

/// Writes who holds it.
fn sign(mut file: Flock<File>, path: &Path) -> Result<Flock<File>, HomeError> {
    let pid = std::process::id();
    let written = file.set_len(0).and_then(|()| writeln!(file, "{pid}"));
    written.map(|()| file).map_err(io_error("written", path))
}

/// The pid of who holds it; `None` if it is just being written, or gone.
fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn locks() -> (tempfile::TempDir, Shared) {
        let directory = tempfile::tempdir().expect("a directory");
        let shared = Shared::below(directory.path()).expect("made");
        (directory, shared)
    }

    fn held(shared: &Shared, kind: Kind, name: &str) -> Guard {
        match shared.try_lock(kind, name).expect("tried") {
            Tried::Held(guard) => guard,
            Tried::Taken(holder) => panic!("{holder:?} has it"),
        }
    }

    #[test]
    fn a_name_is_held_once_and_others_are_free() {
        let (_directory, shared) = locks();
        let guard = held(&shared, Kind::Service, "legacy");
        let _others = [held(&shared, Kind::Cache, "legacy"), held(&shared, Kind::Service, "../legacy")];
        for _ in 0..2 {
            match shared.try_lock(Kind::Service, "legacy").expect("tried") {
                Tried::Taken(holder) => assert_eq!(holder, Some(std::process::id())),
                Tried::Held(_) => panic!("it is held"),
            }
        }
        drop(guard);
        held(&shared, Kind::Service, "legacy");
    }

    #[test]
    fn a_free_lock_leaves_nothing_and_what_a_dead_one_left_is_no_hindrance() {
        let (directory, shared) = locks();
        drop(held(&shared, Kind::Port, "5432"));
        let path = shared.0.join(format!("port-{}", hash("5432")));
        assert!(!path.exists());
        fs::write(&path, "4711\n").expect("written");
        drop(held(&shared, Kind::Port, "5432"));
        assert!(!path.exists());
        drop(directory);
    }

    #[tokio::test]
    async fn who_waits_is_told_and_gets_it() {
        let (_directory, shared) = locks();
        let guard = Cell::new(Some(held(&shared, Kind::Service, "legacy")));
        let told = Cell::new(None);
        let wait = async |holder| {
            told.set(holder);
            drop(guard.take());
        };
        let _second = shared.lock(Kind::Service, "legacy", wait).await.expect("ours");
        assert_eq!(told.get(), Some(std::process::id()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_that_want_one_have_it_one_at_a_time() {
        let (_directory, shared) = locks();
        let inside = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (shared, inside) = (shared.clone(), inside.clone());
                tokio::spawn(async move {
                    for _ in 0..200 {
                        // Tried without a pause, so that they meet while the file is removed and made.
                        let Tried::Held(guard) = shared.try_lock(Kind::Port, "1").expect("tried") else {
                            continue;
                        };
                        let before = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0);
                        tokio::task::yield_now().await;
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(guard);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no two at a time");
        }
    }
}
