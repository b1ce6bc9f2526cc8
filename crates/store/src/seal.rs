//! Long logs leave the tables: a row announces a segment, its bytes are written and synced to the log store, and one
//! transaction makes it count and takes the frames out of the tail.
//!
//! A crash between any two of these loses nothing: frames stay in the tail until the segment counts, and
//! [`Store::sweep_segments`] removes what was announced and never finished. Only what is due is announced: a short tail is for
//! the attempt's end, which makes it one row under the same number.

use crate::commit::{INLINE_BYTES, SEGMENT_BYTES};
use crate::db::{Db, values};
use crate::frames::{self, FrameHead};
use crate::{Store, StoreError};
use pikoci_plan::id::AttemptId;

/// So many frames are read at once while a segment is written: nobody who reads waits for the log store.
const PAGE: usize = 64;

impl Store {
    /// Seals what is in the tail of an attempt now, if it is due: a segment's worth of one that runs, anything of one that has
    /// ended. Whether there was anything.
    pub fn seal(&self, attempt: &AttemptId, now_ms: u64) -> Result<bool, StoreError> {
        let announced = match self.announce(attempt, now_ms)? {
            Due::Nothing => return Ok(false),
            Due::Done => return Ok(true),
            Due::Segment(announced) => announced,
        };
        let sealed = self.seal_announced(attempt, &announced);
        if sealed.is_err() {
            // What was written of it takes room that may be wanted (a full disk), and keeps it from being sealed later.
            // Where that fails too, a start does it.
            let _at_a_start =
                self.remove_announced(attempt.as_str(), announced.number, announced.object.as_ref());
        }
        sealed
    }

    fn seal_announced(&self, attempt: &AttemptId, announced: &Announced) -> Result<bool, StoreError> {
        let (heads, inline) = match (self.logs(), &announced.object) {
            (Some(directory), Some(name)) => {
                let mut object = directory.create(name)?;
                let heads = self.pages(attempt, announced.upto, |page| object.write(page))?;
                object.finish()?;
                (heads, None)
            }
            _ => {
                let (heads, inline) = tail(&self.reader(), attempt, announced.upto)?;
                (heads, Some(inline))
            }
        };
        let index = frames::encode_index(&heads)?;
        let sealed = heads.iter().map(|head| u64::from(head.size)).sum();
        self.finish(attempt, announced, &index, inline.as_ref(), sealed)
    }

    /// The tail up to a position: the bytes of some frames after others through `each`, while nobody waits, and all heads.
    fn pages(
        &self,
        attempt: &AttemptId,
        upto: u64,
        mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Vec<FrameHead>, StoreError> {
        let mut heads: Vec<FrameHead> = Vec::new();
        loop {
            let from = heads.last().map_or(0, |last| last.position + 1);
            let mut bytes = Vec::new();
            let page = frames::tail_page(&self.reader(), attempt, (from, upto), PAGE, |data| {
                bytes.extend_from_slice(data);
                Ok(())
            })?;
            if page.is_empty() {
                return Ok(heads);
            }
            each(&bytes)?;
            heads.extend(page);
        }
    }

    /// Removes segments that were announced and never finished, with their bytes. For a start, when nobody seals.
    pub fn sweep_segments(&self) -> Result<usize, StoreError> {
        let stale = self.reader().rows(
            "SELECT attempt_id, number, object FROM log_segments WHERE state = 0",
            &[],
            |row| Ok((row.text(0)?, row.int(1)?, row.opt_text(2)?)),
        )?;
        for (attempt, number, object) in &stale {
            self.remove_announced(attempt, *number, object.as_ref())?;
        }
        Ok(stale.len())
    }

    /// Removes what was announced and not finished: the bytes first, as the row is how they are found.
    fn remove_announced(
        &self,
        attempt: &str,
        number: u64,
        object: Option<&String>,
    ) -> Result<(), StoreError> {
        if let (Some(directory), Some(object)) = (self.logs(), object) {
            directory.remove(object)?;
        }
        self.write(|db| {
            let sql = "DELETE FROM log_segments WHERE attempt_id = ? AND number = ? AND state = 0";
            db.execute(sql, values![attempt, number]).map(drop)
        })
    }

    /// The attempts that have ended with a tail, or have a segment's worth of it. For a start. Costs what is in tails, not
    /// how many attempts there were.
    pub fn unsealed(&self) -> Result<Vec<AttemptId>, StoreError> {
        self.reader().rows(
            "SELECT attempts.id FROM (SELECT DISTINCT attempt_id FROM log_frames) AS tails \
             JOIN attempts ON attempts.id = tails.attempt_id \
             WHERE attempts.tail_bytes > 0 AND (attempts.running = 0 OR attempts.tail_bytes >= ?)",
            values![SEGMENT_BYTES],
            |row| Ok(AttemptId(row.text(0)?)),
        )
    }

    fn announce(&self, attempt: &AttemptId, now_ms: u64) -> Result<Due, StoreError> {
        self.write(|db| {
            let found = db.row(
                "SELECT position, segments, tail_bytes, running FROM attempts WHERE id = ?",
                values![attempt.as_str()],
                |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?, row.flag(3)?)),
            )?;
            let (upto, number) = match found {
                None | Some((_, _, 0, _)) => return Ok(Due::Nothing),
                Some((_, _, bytes, true)) if bytes < SEGMENT_BYTES => return Ok(Due::Nothing),
                // It came while the segment before it was written.
                Some((upto, number, bytes, false)) if bytes < INLINE_BYTES => {
                    return make_row(db, attempt, (number, upto), now_ms);
                }
                Some((upto, number, ..)) => (upto, number),
            };
            let object = self.logs().map(|_| format!("{attempt}/{number}"));
            let first = db.execute(
                "INSERT INTO log_segments (attempt_id, number, state, upto, object, announced_ms) \
                 VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![attempt.as_str(), number, upto, &object, now_ms],
            )?;
            let announced = Announced { number, upto, object };
            Ok(if first > 0 { Due::Segment(announced) } else { Due::Nothing })
        })
    }

    fn finish(
        &self,
        attempt: &AttemptId,
        announced: &Announced,
        index: &[u8],
        inline: Option<&Vec<u8>>,
        sealed: u64,
    ) -> Result<bool, StoreError> {
        self.write(|db| {
            let data = inline.map_or(crate::db::Value::Null, Into::into);
            let counts = db.execute(
                "UPDATE log_segments SET state = 1, frames = ?, data = ? \
                 WHERE attempt_id = ? AND number = ? AND state = 0",
                &[index.into(), data, attempt.as_str().into(), announced.number.into()],
            )?;
            if counts == 0 {
                return Ok(false);
            }
            db.execute(
                "UPDATE attempts SET segments = ?, tail_bytes = tail_bytes - ? WHERE id = ? AND segments = ?",
                values![announced.number + 1, sealed, attempt.as_str(), announced.number],
            )?;
            frames::remove_tail(db, attempt, announced.upto)?;
            Ok(true)
        })
    }
}

/// The tail up to a position, heads and bytes.
fn tail(db: &Db, attempt: &AttemptId, upto: u64) -> Result<(Vec<FrameHead>, Vec<u8>), StoreError> {
    let mut bytes = Vec::new();
    let heads = frames::tail(db, attempt, upto, |data| {
        bytes.extend_from_slice(data);
        Ok(())
    })?;
    Ok((heads, bytes))
}

/// Makes a short tail one row.
fn make_row(
    db: &Db,
    attempt: &AttemptId,
    (number, upto): (u64, u64),
    now_ms: u64,
) -> Result<Due, StoreError> {
    let (heads, bytes) = tail(db, attempt, upto)?;
    frames::insert_last(db, attempt, (number, upto), (&heads, &bytes), now_ms)?;
    frames::remove_tail(db, attempt, upto)?;
    db.execute(
        "UPDATE attempts SET segments = ?, tail_bytes = 0 WHERE id = ?",
        values![number + 1, attempt.as_str()],
    )?;
    Ok(Due::Done)
}

/// What of a tail is due to be sealed.
enum Due {
    /// Nothing.
    Nothing,
    /// It was so little that it has become a row already.
    Done,
    /// A segment, which has been announced.
    Segment(Announced),
}

struct Announced {
    number: u64,
    upto: u64,
    object: Option<String>,
}
