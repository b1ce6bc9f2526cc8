//! Files of this machine.

use crate::SourceError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The content of a regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, SourceError> {
    let bytes = bounded(path, limit).map_err(|error| {
        SourceError::File(match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })
    })?;
    if bytes.len() as u64 > limit { Err(SourceError::TooLarge(limit)) } else { Ok(bytes) }
}

fn bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
