//! The directory that holds the bytes of sealed segments, where a ledger has one.

use crate::StoreError;
use std::fs::File;
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file per segment, below one directory, which is made when the first one is written.
#[derive(Debug, Clone)]
pub(crate) struct LogDirectory(pub(crate) PathBuf);

impl LogDirectory {
    /// Begins an object. One of that name is replaced.
    pub(crate) fn create(&self, name: &str) -> Result<Object, StoreError> {
        let path = self.0.join(name);
        let parent = path.parent().unwrap_or(&self.0);
        let create = || {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
            File::options().create(true).truncate(true).write(true).mode(0o600).open(&path)
        };
        let file = create().map_err(|error| failed(&path, error))?;
        Ok(Object { path, file })
    }

    /// `length` bytes of an object from `offset`.
    pub(crate) fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        let path = self.0.join(name);
        let read = || {
            let mut bytes = vec![0; length];
            File::open(&path)?.read_exact_at(&mut bytes, offset)?;
            Ok(bytes)
        };
        read().map_err(|error| failed(&path, error))
    }

    /// Removes an object; one that is not there is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.0.join(name);
        removed(std::fs::remove_file(&path)).map_err(|error| failed(&path, error))
    }

    /// Removes all objects of an attempt, and what was begun of any.
    pub(crate) fn remove_all(&self, attempt: &str) -> Result<(), StoreError> {
        let path = self.0.join(attempt);
        removed(std::fs::remove_dir_all(&path)).map_err(|error| failed(&path, error))
    }
}

/// What is not there is removed.
fn removed(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
        other => other,
    }
}

/// An object that is being written.
pub(crate) struct Object {
    path: PathBuf,
    file: File,
}

impl Object {
    /// Adds bytes to it.
    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(data).map_err(|error| failed(&self.path, error))
    }

    /// Returns once it will survive a loss of power.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let sync = || {
            self.file.sync_all()?;
            // The name itself must survive too.
            self.path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
        };
        sync().map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, error: Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}
