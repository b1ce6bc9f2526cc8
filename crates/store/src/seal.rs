//! Long logs leave the tables: a row announces a segment, its bytes are written and synced to the log store, and one
//! transaction makes it count and takes the frames out of the tail.
//!
//! A crash between any two of these loses nothing: frames stay in the tail until the segment counts, and
//! [`Store::sweep_segments`] removes what was announced and never finished.

use crate::db::values;
use crate::frames;
use crate::{Store, StoreError};
use pikoci_plan::id::AttemptId;

impl Store {
    /// Seals what is in the tail of an attempt now. Whether there was anything.
    pub fn seal(&self, attempt: &AttemptId, now_ms: u64) -> Result<bool, StoreError> {
        let Some(announced) = self.announce(attempt, now_ms)? else { return Ok(false) };
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
                let heads = frames::tail(&self.reader(), attempt, announced.upto, |data| object.write(data))?;
                object.finish()?;
                (heads, None)
            }
            _ => {
                let mut inline = Vec::with_capacity(announced.bytes as usize);
                let heads = frames::tail(&self.reader(), attempt, announced.upto, |data| {
                    inline.extend_from_slice(data);
                    Ok(())
                })?;
                (heads, Some(inline))
            }
        };
        let index = frames::encode_index(&heads)?;
        let sealed = heads.iter().map(|head| u64::from(head.size)).sum();
        self.finish(attempt, announced, &index, inline.as_ref(), sealed)
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

    /// The attempts that have ended with a long tail, or have a segment's worth of it. For a start. Costs what is in tails, not
    /// how many attempts there were.
    pub fn unsealed(&self) -> Result<Vec<AttemptId>, StoreError> {
        self.reader().rows(
            "SELECT attempts.id FROM (SELECT DISTINCT attempt_id FROM log_frames) AS tails \
             JOIN attempts ON attempts.id = tails.attempt_id \
             WHERE attempts.tail_bytes >= ? AND (attempts.running = 0 OR attempts.tail_bytes >= ?)",
            values![crate::commit::INLINE_BYTES, crate::commit::SEGMENT_BYTES],
            |row| Ok(AttemptId(row.text(0)?)),
        )
    }

    fn announce(&self, attempt: &AttemptId, now_ms: u64) -> Result<Option<Announced>, StoreError> {
        self.write(|db| {
            let found = db.row(
                "SELECT position, segments, tail_bytes FROM attempts WHERE id = ?",
                values![attempt.as_str()],
                |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
            )?;
            let Some((upto, number, bytes @ 1..)) = found else { return Ok(None) };
            let object = self.logs().map(|_| format!("{attempt}/{number}"));
            let first = db.execute(
                "INSERT INTO log_segments (attempt_id, number, state, upto, object, announced_ms) \
                 VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![attempt.as_str(), number, upto, &object, now_ms],
            )?;
            Ok((first > 0).then_some(Announced { number, upto, bytes, object }))
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

struct Announced {
    number: u64,
    upto: u64,
    bytes: u64,
    object: Option<String>,
}
