//! Logs: by bytes and lines, and event by event.

use crate::db::{Db, values};
use crate::frames::{self, FrameHead, HEAD_COLUMNS};
use crate::{Store, StoreError};
use pikoci_plan::id::AttemptId;

/// A frame with its bytes as the process wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogChunk {
    /// What it is.
    pub head: FrameHead,
    /// Its bytes, decompressed.
    pub bytes: Vec<u8>,
}

/// A run of an attempt's log frames, oldest first.
pub type LogEvents = Vec<LogChunk>;

/// Where a frame's bytes stand.
enum Place {
    Tail,
    Segment { number: u64, object: Option<String>, at: u64 },
}

impl Store {
    /// The heads of all frames of an attempt, in order; without their bytes, so that a long log costs little.
    pub fn log_heads(&self, attempt: &AttemptId) -> Result<Vec<FrameHead>, StoreError> {
        self.reader().snapshot(|db| {
            let mut heads: Vec<_> =
                segments(db, attempt, 0, usize::MAX)?.into_iter().flat_map(|segment| segment.heads).collect();
            heads.extend(tail_heads(db, attempt, 0, usize::MAX)?);
            Ok(heads)
        })
    }

    /// The frames from a position on, at most so many, with their bytes.
    pub fn log_from(
        &self,
        attempt: &AttemptId,
        position: u64,
        limit: usize,
    ) -> Result<LogEvents, StoreError> {
        self.reader().snapshot(|db| self.log_from_snapshot(db, attempt, position, limit))
    }

    /// Segments, then the tail. On one snapshot: a frame that moves from one to the other between two reads would be in
    /// neither.
    fn log_from_snapshot(
        &self,
        db: &Db,
        attempt: &AttemptId,
        position: u64,
        limit: usize,
    ) -> Result<LogEvents, StoreError> {
        let (mut chunks, mut from) = (Vec::new(), position);
        while chunks.len() < limit
            && let Some(segment) = segments(db, attempt, from, 1)?.pop()
        {
            let mut at = 0;
            for head in &segment.heads {
                if head.position >= position && chunks.len() < limit {
                    let place = Place::Segment { number: segment.number, object: segment.object.clone(), at };
                    chunks.push(self.chunk(db, attempt, head, &place)?);
                }
                at += u64::from(head.size);
            }
            from = segment.upto;
        }
        for head in tail_heads(db, attempt, position, limit - chunks.len())? {
            chunks.push(self.chunk(db, attempt, &head, &Place::Tail)?);
        }
        Ok(chunks)
    }

    fn chunk(
        &self,
        db: &Db,
        attempt: &AttemptId,
        head: &FrameHead,
        place: &Place,
    ) -> Result<LogChunk, StoreError> {
        let missing = || StoreError::Corrupt(format!("attempt {attempt}: no frame at {}", head.position));
        let data = match place {
            Place::Tail => db
                .row(
                    "SELECT data FROM log_frames WHERE attempt_id = ? AND position = ?",
                    values![attempt.as_str(), head.position],
                    |row| row.blob(0),
                )?
                .ok_or_else(missing)?,
            Place::Segment { number, object: None, at } => db
                .row(
                    "SELECT substr(data, ?, ?) FROM log_segments WHERE attempt_id = ? AND number = ?",
                    values![at + 1, head.size, attempt.as_str(), *number],
                    |row| row.blob(0),
                )?
                .ok_or_else(missing)?,
            Place::Segment { object: Some(object), at, .. } => {
                self.logs().ok_or_else(missing)?.read(object, *at, head.size as usize)?
            }
        };
        Ok(LogChunk { head: *head, bytes: frames::decode(head, data)? })
    }
}

/// A sealed segment without its bytes.
struct Segment {
    number: u64,
    object: Option<String>,
    upto: u64,
    heads: Vec<FrameHead>,
}

/// The first of the sealed segments that reach beyond a position. Each costs what its index does.
fn segments(db: &Db, attempt: &AttemptId, position: u64, limit: usize) -> Result<Vec<Segment>, StoreError> {
    db.rows(
        "SELECT number, object, upto, frames FROM log_segments \
         WHERE attempt_id = ? AND state = 1 AND upto > ? ORDER BY number LIMIT ?",
        values![attempt.as_str(), position, limit.min(i64::MAX as usize)],
        |row| {
            let heads = frames::decode_index(row.bytes(3)?)?;
            Ok(Segment { number: row.int(0)?, object: row.opt_text(1)?, upto: row.int(2)?, heads })
        },
    )
}

fn tail_heads(
    db: &Db,
    attempt: &AttemptId,
    position: u64,
    limit: usize,
) -> Result<Vec<FrameHead>, StoreError> {
    db.rows(
        &format!(
            "SELECT {HEAD_COLUMNS}, LENGTH(data) FROM log_frames \
             WHERE attempt_id = ? AND position >= ? ORDER BY position LIMIT ?"
        ),
        values![attempt.as_str(), position, limit.min(i64::MAX as usize)],
        frames::head,
    )
}
