//! What an attempt has produced and the ledger does not have yet.
//!
//! Events wait in memory. What has waited for [`SAVE_MS`] is written to a file, so that a killed worker loses no more;
//! of a long queue only the beginning stays in memory. Files are made when they are needed: an attempt whose events are
//! acknowledged at once never has one.
//!
//! The file is a run of entries: position (u64, little endian), length (u32, little endian), the event in CBOR. What
//! follows the last whole entry was being written when the worker was killed, and is not read.

use crate::compress::{self, Compress};
use pikoci_plan::event::{Event, Frame};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// After how many milliseconds what waits is written to disk.
pub(crate) const SAVE_MS: u64 = 100;

/// With so many bytes in memory nothing more is taken until some are stored, or are on disk and kept only there.
const MEMORY_BYTES: usize = 4 * 1024 * 1024;

/// With so many bytes unacknowledged nothing more is taken, so that the process's pipe fills.
pub(crate) const UNACKNOWLEDGED_BYTES: u64 = 256 * 1024 * 1024;

const HEADER_BYTES: usize = 12;

/// An event that waits.
struct Entry {
    /// Not of one that is only on disk.
    event: Option<Event>,
    /// Where it stands in the file.
    saved: Option<u64>,
    bytes: usize,
    /// When it came, in milliseconds of the caller's clock.
    at_ms: u64,
    /// It is compressed, if that is worth it.
    settled: bool,
}

/// The record of one attempt.
pub(crate) struct Record {
    path: PathBuf,
    file: Option<File>,
    file_bytes: u64,
    entries: VecDeque<Entry>,
    /// The position of the first entry.
    first: u64,
    /// A frame that may still grow; its position is the one after the entries.
    open: Option<Frame>,
    /// When the beginning of that came.
    open_ms: u64,
    compress: Compress,
    /// Bytes of entries, wherever they stand.
    bytes: u64,
    memory_bytes: usize,
    /// All before this position is on disk or was stored.
    saved_upto: u64,
    /// Kept when its entry is freed: it may have to be said again.
    result: Option<Event>,
}

impl Record {
    /// An empty record, whose file would be `path`.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            file_bytes: 0,
            entries: VecDeque::new(),
            first: 0,
            open: None,
            open_ms: 0,
            compress: Compress::default(),
            bytes: 0,
            memory_bytes: 0,
            saved_upto: 0,
            result: None,
        }
    }

    /// The record that a session before left at `path`; empty if there is none.
    pub(crate) fn load(path: PathBuf) -> io::Result<Self> {
        let mut record = Self::new(path);
        let file = match File::options().read(true).write(true).open(&record.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(record),
            Err(error) => return Err(error),
        };
        while let Some((position, event, length)) = read_entry(&file, record.file_bytes)? {
            if record.entries.is_empty() {
                record.first = position;
            } else if position != record.next() {
                break;
            }
            record.result = Some(event).filter(is_result);
            let saved = Some(record.file_bytes);
            record.entries.push_back(Entry {
                event: None,
                saved,
                bytes: length as usize,
                at_ms: 0,
                settled: true,
            });
            record.bytes += u64::from(length);
            record.file_bytes += HEADER_BYTES as u64 + u64::from(length);
        }
        record.file = Some(file);
        record.saved_upto = record.next();
        Ok(record)
    }

    /// The position after the last event.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.entries.len() as u64 + u64::from(self.open.is_some())
    }

    /// Whether it has a result.
    pub(crate) fn is_complete(&self) -> bool {
        self.result.is_some()
    }

    /// Whether more may be taken.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < UNACKNOWLEDGED_BYTES && self.memory_bytes < MEMORY_BYTES
    }

    /// When what waits is to be written to disk.
    pub(crate) fn save_due_ms(&self) -> Option<u64> {
        let index = self.saved_upto.saturating_sub(self.first) as usize;
        let since =
            self.entries.get(index).map(|entry| entry.at_ms).or(self.open.as_ref().map(|_| self.open_ms));
        since.map(|since| since + SAVE_MS)
    }

    /// Takes an event.
    pub(crate) fn push(&mut self, now_ms: u64, event: Event) {
        let event = match (event, &mut self.open) {
            (Event::Log(frame), Some(open)) => match compress::join(open, frame) {
                None => return,
                Some(frame) => Event::Log(frame),
            },
            (event, _) => event,
        };
        self.close();
        match event {
            Event::Log(frame) => {
                self.open = Some(frame);
                self.open_ms = now_ms;
            }
            event => {
                if is_result(&event) {
                    self.result = Some(event.clone());
                }
                self.append(now_ms, event);
            }
        }
    }

    /// Adds the result of an attempt that its session did not live to finish, at `stored` or behind what is there.
    pub(crate) fn finish(&mut self, now_ms: u64, stored: u64, result: Event) {
        if self.entries.is_empty() {
            self.first = self.first.max(stored);
        }
        self.push(now_ms, result);
    }

    /// Adds the result once more, at `stored`, which is the end of all that is there or behind it.
    pub(crate) fn finish_again(&mut self, now_ms: u64, stored: u64) {
        if let Some(result) = self.result.take() {
            self.finish(now_ms, stored, result);
        }
    }

    /// Events from a position on, at most `limit` bytes of them but at least one, and whether the result is among them.
    ///
    /// No events if the record begins after that position.
    pub(crate) fn batch(&mut self, from: u64, limit: usize) -> io::Result<(Vec<Event>, bool)> {
        self.close();
        let mut events = Vec::new();
        let mut bytes = 0;
        let Some(skip) = from.checked_sub(self.first) else { return Ok((events, false)) };
        for index in skip as usize..self.entries.len() {
            self.settle(index);
            let entry = &self.entries[index];
            if !events.is_empty() && bytes + entry.bytes > limit {
                break;
            }
            bytes += entry.bytes;
            events.push(match (&entry.event, entry.saved, &self.file) {
                (Some(event), ..) => event.clone(),
                (None, Some(at), Some(file)) => match read_entry(file, at)? {
                    Some((_, event, _)) => event,
                    None => return Err(io::Error::other("an event of the record cannot be read back")),
                },
                _ => return Err(io::Error::other("an event of the record is nowhere")),
            });
        }
        let last = events.last().is_some_and(is_result);
        Ok((events, last))
    }

    /// The ledger has all events before this position: they are freed.
    pub(crate) fn stored(&mut self, upto: u64) -> io::Result<()> {
        while self.first < upto {
            let Some(entry) = self.entries.pop_front() else { break };
            self.first += 1;
            self.bytes -= entry.bytes as u64;
            self.memory_bytes -= if entry.event.is_some() { entry.bytes } else { 0 };
        }
        if let Some(file) = self.file.as_ref().filter(|_| self.entries.is_empty() && self.file_bytes > 0) {
            file.set_len(0)?;
            self.file_bytes = 0;
        }
        Ok(())
    }

    /// Writes what waits to disk. After an error all of it still waits.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        self.close();
        (0..self.entries.len()).for_each(|index| self.settle(index));
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (index, (position, entry)) in (self.first..).zip(&self.entries).enumerate() {
            if let (None, Some(event)) = (entry.saved, &entry.event) {
                places.push((index, self.file_bytes + bytes.len() as u64));
                write_entry(&mut bytes, position, event)?;
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(create(&self.path)?),
        };
        file.write_all_at(&bytes, self.file_bytes)?;
        self.file_bytes += bytes.len() as u64;
        places.into_iter().for_each(|(index, place)| self.entries[index].saved = Some(place));
        self.saved_upto = self.next();
        self.forget_memory();
        Ok(())
    }

    /// Removes the file. The record is of no use any more.
    pub(crate) fn remove(&mut self) -> io::Result<()> {
        match self.file.take() {
            Some(_) => std::fs::remove_file(&self.path),
            None => Ok(()),
        }
    }

    fn close(&mut self) {
        if let Some(frame) = self.open.take() {
            self.append(self.open_ms, Event::Log(frame));
        }
    }

    /// The first frame of the next batch that is not compressed yet, with its position: a copy, so that it can be compressed
    /// while more comes in.
    pub(crate) fn uncompressed(&mut self, from: u64, limit: usize) -> Option<(u64, Frame)> {
        self.close();
        let skip = from.checked_sub(self.first)? as usize;
        let mut bytes = 0;
        for (position, entry) in (self.first..).zip(&self.entries).skip(skip) {
            if let (false, Some(Event::Log(frame))) = (entry.settled, &entry.event) {
                return Some((position, frame.clone()));
            }
            bytes += entry.bytes;
            if bytes > limit {
                break;
            }
        }
        None
    }

    /// The newest frame that is complete, if it is large and not compressed yet.
    pub(crate) fn newest_uncompressed(&self) -> Option<(u64, Frame)> {
        let entry =
            self.entries.back().filter(|entry| !entry.settled && entry.bytes >= compress::FULL_BYTES)?;
        match &entry.event {
            Some(Event::Log(frame)) => Some((self.first + self.entries.len() as u64 - 1, frame.clone())),
            _ => None,
        }
    }

    /// Puts a frame of [`Record::uncompressed`] back.
    pub(crate) fn compressed(&mut self, position: u64, frame: Frame) {
        let Some(index) = position.checked_sub(self.first) else { return };
        let Some(entry) = self.entries.get_mut(index as usize).filter(|entry| !entry.settled) else { return };
        let Some(Event::Log(raw)) = &mut entry.event else { return };
        let smaller = raw.data.len() - frame.data.len();
        *raw = frame;
        entry.settled = true;
        entry.bytes -= smaller;
        self.bytes -= smaller as u64;
        self.memory_bytes -= smaller;
    }

    /// Compresses an entry that leaves memory, for the wire or for the disk: not where bytes come in, so that a flood is
    /// read and compressed at the same time.
    fn settle(&mut self, index: usize) {
        let Some(Entry { event: Some(Event::Log(frame)), settled: false, .. }) = self.entries.get(index)
        else {
            return;
        };
        let frame = self.compress.frame(frame.clone());
        self.compressed(self.first + index as u64, frame);
    }

    fn append(&mut self, at_ms: u64, event: Event) {
        let bytes = size(&event);
        self.bytes += bytes as u64;
        self.memory_bytes += bytes;
        self.entries.push_back(Entry { event: Some(event), saved: None, bytes, at_ms, settled: false });
    }

    /// Of what is on disk, only as much as the next batch needs stays in memory.
    fn forget_memory(&mut self) {
        let mut kept = 0;
        for entry in &mut self.entries {
            if entry.event.is_none() {
                continue;
            }
            if entry.saved.is_some() && kept >= MEMORY_BYTES / 4 {
                entry.event = None;
                self.memory_bytes -= entry.bytes;
            } else {
                kept += entry.bytes;
            }
        }
    }
}

fn is_result(event: &Event) -> bool {
    matches!(event, Event::Result { .. })
}

/// About how many bytes an event is in a message.
fn size(event: &Event) -> usize {
    const OVERHEAD: usize = 120;
    OVERHEAD
        + match event {
            Event::Log(frame) => frame.data.len(),
            Event::StepEnded { message, .. } | Event::Result { message, .. } => {
                message.as_ref().map_or(0, String::len)
            }
            Event::Versions { versions, .. } | Event::Output { versions, .. } => versions
                .iter()
                .map(|version| {
                    version.0.iter().map(|(key, value)| key.len() + value.len() + 8).sum::<usize>()
                })
                .sum(),
            Event::StepStarted { .. } => 0,
        }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    File::options().create(true).truncate(true).read(true).write(true).mode(0o600).open(path)
}

fn write_entry(into: &mut Vec<u8>, position: u64, event: &Event) -> io::Result<()> {
    let mut encoded = Vec::new();
    ciborium::into_writer(event, &mut encoded).map_err(io::Error::other)?;
    into.extend_from_slice(&position.to_le_bytes());
    into.extend_from_slice(&(encoded.len() as u32).to_le_bytes());
    into.extend_from_slice(&encoded);
    Ok(())
}

/// The entry at an offset: its position, the event and its length; none where no whole entry stands.
fn read_entry(file: &File, at: u64) -> io::Result<Option<(u64, Event, u32)>> {
    let mut header = [0; HEADER_BYTES];
    if !read_whole(file, &mut header, at)? {
        return Ok(None);
    }
    let [p0, p1, p2, p3, p4, p5, p6, p7, l0, l1, l2, l3] = header;
    let position = u64::from_le_bytes([p0, p1, p2, p3, p4, p5, p6, p7]);
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let mut bytes = Vec::new();
    let mut reader = At { file, at: at + HEADER_BYTES as u64 };
    (&mut reader).take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Ok(None);
    }
    Ok(ciborium::from_reader(bytes.as_slice()).ok().map(|event| (position, event, length)))
}

fn read_whole(file: &File, into: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(into, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a file from a position on without moving the file's own.
struct At<'a> {
    file: &'a File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
