//! Frames of a log in rows (the tail) and in segments.

use crate::StoreError;
use crate::db::{Db, Row, values};
use pikoci_plan::event::{Encoding, Frame, Stream};
use pikoci_plan::id::AttemptId;
use serde::{Deserialize, Serialize};

/// What stands where: a frame without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameHead {
    /// The position of the event that brought it.
    pub position: u64,
    /// The step.
    pub step: u32,
    /// Where the bytes came from.
    pub stream: Stream,
    /// How many bytes of the step's log stand before it.
    pub offset: u64,
    /// How many bytes it is before compression.
    pub length: u32,
    /// How many line feeds are in it.
    pub lines: u32,
    /// How it is encoded.
    pub encoding: Encoding,
    /// How many bytes it is as it stands.
    pub size: u32,
}

impl FrameHead {
    pub(crate) fn of(position: u64, frame: &Frame) -> Self {
        let Frame { step, stream, offset, length, lines, encoding, .. } = *frame;
        Self { position, step, stream, offset, length, lines, encoding, size: frame.data.len() as u32 }
    }
}

pub(crate) const HEAD_COLUMNS: &str = "position, step, stream, log_offset, length, lines, encoding";

/// The columns of [`HEAD_COLUMNS`], and the size in the column after them.
pub(crate) fn head(row: &Row<'_>) -> Result<FrameHead, StoreError> {
    Ok(FrameHead {
        position: row.int(0)?,
        step: row.int(1)? as u32,
        stream: if row.int(2)? == 0 { Stream::Output } else { Stream::Note },
        offset: row.int(3)?,
        length: row.int(4)? as u32,
        lines: row.int(5)? as u32,
        encoding: if row.int(6)? == 0 { Encoding::Raw } else { Encoding::Zstd },
        size: row.int(7)? as u32,
    })
}

/// Adds a frame to the tail.
pub(crate) fn insert(db: &Db, attempt: &AttemptId, position: u64, frame: &Frame) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO log_frames (attempt_id, position, step, stream, log_offset, length, lines, encoding, data) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            attempt.as_str(),
            position,
            frame.step,
            frame.stream == Stream::Note,
            frame.offset,
            frame.length,
            frame.lines,
            frame.encoding == Encoding::Zstd,
            &frame.data,
        ],
    )
    .map(drop)
}

/// The tail up to a position, in order: the bytes of each frame through `each`, and all heads.
pub(crate) fn tail(
    db: &Db,
    attempt: &AttemptId,
    upto: u64,
    each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Vec<FrameHead>, StoreError> {
    tail_page(db, attempt, (0, upto), usize::MAX, each)
}

/// The same from a position on, at most so many frames.
pub(crate) fn tail_page(
    db: &Db,
    attempt: &AttemptId,
    (from, upto): (u64, u64),
    limit: usize,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Vec<FrameHead>, StoreError> {
    db.rows(
        &format!(
            "SELECT {HEAD_COLUMNS}, LENGTH(data), data FROM log_frames \
             WHERE attempt_id = ? AND position >= ? AND position < ? ORDER BY position LIMIT ?"
        ),
        values![attempt.as_str(), from, upto, limit.min(i64::MAX as usize)],
        |row| {
            each(row.bytes(8)?)?;
            head(row)
        },
    )
}

/// Makes what is left of a log, frames and their bytes, one row.
pub(crate) fn insert_last(
    db: &Db,
    attempt: &AttemptId,
    (number, upto): (u64, u64),
    (heads, data): (&[FrameHead], &Vec<u8>),
    at_ms: u64,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO log_segments (attempt_id, number, state, upto, frames, data, announced_ms) \
         VALUES (?, ?, 1, ?, ?, ?, ?)",
        values![attempt.as_str(), number, upto, &encode_index(heads)?, data, at_ms],
    )
    .map(drop)
}

/// Takes the frames before a position out of the tail.
pub(crate) fn remove_tail(db: &Db, attempt: &AttemptId, upto: u64) -> Result<(), StoreError> {
    db.execute(
        "DELETE FROM log_frames WHERE attempt_id = ? AND position < ?",
        values![attempt.as_str(), upto],
    )
    .map(drop)
}

/// The index of a segment as it is stored.
pub(crate) fn encode_index(heads: &[FrameHead]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(heads, &mut bytes).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(bytes)
}

/// The reverse of [`encode_index`].
pub(crate) fn decode_index(bytes: &[u8]) -> Result<Vec<FrameHead>, StoreError> {
    ciborium::from_reader(bytes).map_err(|error| StoreError::Corrupt(format!("a segment's index: {error}")))
}

/// The bytes of a frame as the process wrote them.
pub(crate) fn decode(head: &FrameHead, data: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match head.encoding {
        Encoding::Raw => Ok(data),
        Encoding::Zstd => zstd::bulk::decompress(&data, head.length as usize)
            .map_err(|error| StoreError::Corrupt(format!("a frame at position {}: {error}", head.position))),
    }
}
