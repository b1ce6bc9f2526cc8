//! The directory that holds the bytes of sealed segments, where a ledger has one.

use crate::StoreError;
use std::fs::File;
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A file per segment, below one directory, which is made when the first one is written.
#[derive(Debug, Clone)]
pub(crate) struct LogDirectory(pub(crate) PathBuf);

impl LogDirectory {
    /// Writes an object and returns once it will survive a loss of power. An object of that name is replaced.
    pub(crate) fn put(&self, name: &str, data: &[u8]) -> Result<(), StoreError> {
        let path = self.0.join(name);
        let parent = path.parent().unwrap_or(&self.0);
        let write = || {
            std::fs::create_dir_all(parent)?;
            let mut file = File::create(&path)?;
            file.write_all(data)?;
            file.sync_all()?;
            // The name itself must survive too.
            File::open(parent)?.sync_all()
        };
        write().map_err(|error| failed(&path, error))
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
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, error)),
            _ => Ok(()),
        }
    }
}

fn failed(path: &Path, error: Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}
