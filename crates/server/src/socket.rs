//! The Unix socket of a server: only its owner can open it, so who owns the server's state needs no login.

use nix::sys::stat::{Mode, umask};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// A bound socket; the file goes when this is dropped.
pub struct Socket {
    path: PathBuf,
}

impl Socket {
    /// Binds the socket at `path` with mode 0600. One that a killed server left there is replaced; a living one's is not.
    ///
    /// # Errors
    /// If a server answers there, or the system says no.
    pub fn bind(path: &Path) -> io::Result<(Self, UnixListener)> {
        match std::os::unix::net::UnixStream::connect(path) {
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another server listens there")),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
            Err(_) => {}
        }
        // The file is never open to others, not even for a moment.
        let before = umask(Mode::from_bits_truncate(0o177));
        let listener = UnixListener::bind(path);
        umask(before);
        Ok((Self { path: path.to_owned() }, listener?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // A file that stays is recognised as stale by whoever finds it.
        let _stale = std::fs::remove_file(&self.path);
        if let Some(directory) = self.path.parent().filter(|parent| parent.starts_with(RUNTIME_BASE)) {
            // Only if no other server has something in it.
            let _in_use = std::fs::remove_dir(directory);
        }
    }
}

/// Below which the directories of servers in memory stand.
const RUNTIME_BASE: &str = "/tmp";

/// The directory of this user's servers in memory, `/tmp/pikoci-UID`, made with mode 0700.
///
/// # Errors
/// If it is somebody else's, or open to others: then what is in it cannot be trusted.
pub fn runtime_directory() -> io::Result<PathBuf> {
    let uid = nix::unistd::getuid();
    let path = PathBuf::from(format!("{RUNTIME_BASE}/pikoci-{uid}"));
    match std::fs::DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let meta = std::fs::symlink_metadata(&path)?;
    if !meta.is_dir() || meta.uid() != uid.as_raw() || meta.mode() & 0o077 != 0 {
        let why = format!("{} is not a directory that only user {uid} can enter; remove it", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(path)
}
