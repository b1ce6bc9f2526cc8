//! Which attempts were begun and are not yet delivered: `attempts`, a file of entries of fixed size that are
//! written in place. A write costs about 2 µs and survives the death of this process, not that of the
//! machine.
//!
//! An entry is 128 bytes: 1 or 0 (begun or free), the length of the id, the id, zeros.

use super::{HomeError, io_error};
use crate::count::file_operation;
use pikoci_plan::id::AttemptId;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

const ENTRY_BYTES: usize = 128;

/// The longest id that an entry holds.
const ID_BYTES: usize = ENTRY_BYTES - 2;

/// The most entries that are read: more attempts than a worker ever holds.
const MOST_ENTRIES: usize = 65_536;

/// The file, and what it holds.
#[derive(Debug)]
pub(super) struct Records {
    /// `None` where nothing is kept beyond this session.
    file: Option<File>,
    entries: Mutex<Vec<Option<AttemptId>>>,
}

impl Records {
    /// Opens the records of the directory; with them comes what earlier sessions have not cleared.
    pub(super) fn open(directory: &Path) -> Result<(Self, Vec<AttemptId>), HomeError> {
        let path = directory.join("attempts");
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = options.map_err(io_error("opened", &path))?;
        let mut bytes = Vec::new();
        let most = (ENTRY_BYTES * MOST_ENTRIES) as u64;
        (&file).take(most).read_to_end(&mut bytes).map_err(io_error("read", &path))?;
        let entries: Vec<_> = bytes.chunks(ENTRY_BYTES).map(decode).collect();
        let unfinished = entries.iter().flatten().cloned().collect();
        Ok((Self { file: Some(file), entries: Mutex::new(entries) }, unfinished))
    }

    /// Records that do not outlive this session.
    pub(super) fn in_memory() -> Self {
        Self { file: None, entries: Mutex::default() }
    }

    /// Enters an attempt before its first process starts.
    pub(super) fn begin(&self, attempt: &AttemptId) -> io::Result<()> {
        let entry = encode(attempt)?;
        let mut entries = self.entries();
        let index = match entries.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                entries.push(None);
                entries.len() - 1
            }
        };
        self.write(index, &entry)?;
        entries[index] = Some(attempt.clone());
        Ok(())
    }

    /// Frees the attempt's entry, if it has one.
    pub(super) fn clear(&self, attempt: &AttemptId) -> io::Result<()> {
        let mut entries = self.entries();
        while let Some(index) = entries.iter().position(|entry| entry.as_ref() == Some(attempt)) {
            self.write(index, &[0; ENTRY_BYTES])?;
            entries[index] = None;
        }
        Ok(())
    }

    fn write(&self, index: usize, entry: &[u8; ENTRY_BYTES]) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        file_operation();
        file.write_all_at(entry, (index * ENTRY_BYTES) as u64)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Option<AttemptId>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode(attempt: &AttemptId) -> io::Result<[u8; ENTRY_BYTES]> {
    let id = attempt.as_str().as_bytes();
    if id.is_empty() || id.len() > ID_BYTES {
        let text = format!("an attempt's id has 1 to {ID_BYTES} bytes, not {}", id.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut entry = [0; ENTRY_BYTES];
    entry[0] = 1;
    entry[1] = id.len() as u8;
    entry[2..2 + id.len()].copy_from_slice(id);
    Ok(entry)
}

/// The attempt of an entry; `None` of a free one, and of one that is none of ours.
fn decode(entry: &[u8]) -> Option<AttemptId> {
    let [1, length, rest @ ..] = entry else { return None };
    let id = rest.get(..usize::from(*length))?;
    std::str::from_utf8(id).ok().filter(|id| !id.is_empty()).map(AttemptId::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_and_not_cleared_is_there_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let ids: Vec<AttemptId> = (0..3).map(|number| AttemptId(format!("attempt-{number}"))).collect();
        {
            let (records, unfinished) = Records::open(directory.path()).expect("opened");
            assert!(unfinished.is_empty());
            for id in &ids {
                records.begin(id).expect("begun");
            }
            records.clear(&ids[1]).expect("cleared");
        }
        let (records, unfinished) = Records::open(directory.path()).expect("opened");
        assert_eq!(unfinished, [ids[0].clone(), ids[2].clone()]);
        records.begin(&AttemptId::from("new")).expect("begun");
        assert!(records.begin(&AttemptId("x".repeat(127))).is_err());
        let (_, unfinished) = Records::open(directory.path()).expect("opened");
        assert_eq!(unfinished[1].as_str(), "new", "a freed entry is used again");
    }

    #[test]
    fn a_damaged_file_is_no_reason_to_stop() {
        let directory = tempfile::tempdir().expect("a directory");
        for bytes in
            [vec![1], vec![1, 200, 3], vec![255; 300], [vec![1, 2, 0xff, 0xfe], vec![0; 124]].concat()]
        {
            std::fs::write(directory.path().join("attempts"), bytes).expect("written");
            let (_, unfinished) = Records::open(directory.path()).expect("opened");
            assert!(unfinished.is_empty());
        }
    }
}
