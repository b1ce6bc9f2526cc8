//! Events of an attempt are stored, and it ends.

use super::versions::News;
use super::{check, end, outputs};
use crate::StoreError;
use crate::db::{Db, values};
use crate::frames::{self, FrameHead};
use crate::steps::{self, StepRow};
use pikoci_engine::part::{Advance, Applied, Ending};
use pikoci_plan::event::Frame;
use pikoci_plan::id::{AttemptId, CheckId, JobId};
use pikoci_plan::version::Version;

/// A log with less in its tail than this becomes one row when it ends.
pub(crate) const INLINE_BYTES: u64 = 64 * 1024;

/// With so much in the tail a segment is due.
pub(crate) const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;

/// For how many milliseconds after its end an attempt's log is still taken.
const LATE_MS: u64 = 10 * 60 * 1000;

/// The row of an attempt, as far as events change it.
struct Row {
    build: Option<String>,
    check: Option<(CheckId, u64)>,
    running: bool,
    position: u64,
    steps: Vec<StepRow>,
    found: Option<(Vec<Version>, bool)>,
    tail_bytes: u64,
    segments: u64,
    ended_ms: Option<u64>,
}

fn row(db: &Db, attempt: &AttemptId) -> Result<Option<Row>, StoreError> {
    db.row(
        "SELECT build_id, check_id, check_number, running, position, steps, tail_bytes, segments, ended_ms, found \
         FROM attempts WHERE id = ?",
        values![attempt.as_str()],
        |row| {
            Ok(Row {
                build: row.opt_text(0)?,
                check: row.opt_text(1)?.map(CheckId).zip(row.opt_int(2)?),
                running: row.flag(3)?,
                position: row.int(4)?,
                steps: steps::parse(&row.text(5)?)?,
                tail_bytes: row.int(6)?,
                segments: row.int(7)?,
                ended_ms: row.opt_int(8)?,
                found: row.opt_text(9)?.map(|text| parse_found(&text)).transpose()?,
            })
        },
    )
}

/// Stores events, if the attempt stands where they begin. Of one that has ended only its log is taken.
pub(super) fn advance(db: &Db, advance: &Advance) -> Result<Applied, StoreError> {
    let Some(mut row) = row(db, &advance.attempt)? else { return Ok(Applied::Missed) };
    if row.position != advance.from {
        return Ok(Applied::Missed);
    }
    // Of what ended long ago nothing is kept, but it is taken: else its worker would send it for ever.
    let late = row.ended_ms.is_some_and(|ended| ended + LATE_MS < advance.at_ms);
    let frames = if late { &[][..] } else { &advance.frames };
    let ends = advance.result.as_ref().filter(|_| row.running);
    if row.running {
        row.found = advance.versions.clone().or(row.found);
        advance.steps.iter().for_each(|change| steps::apply(&mut row.steps, change));
    }
    if let Some(ending) = ends {
        steps::end_running(&mut row.steps, ending.outcome, advance.at_ms);
    }
    let over = !row.running || ends.is_some();
    let seal = store_frames(db, &advance.attempt, &mut row, frames, advance.upto, over, advance.at_ms)?;
    let stood = db.execute(
        "UPDATE attempts SET position = ?, steps = ?, tail_bytes = ?, segments = ?, running = ?, \
         released = CASE WHEN ? = 1 THEN 1 ELSE released END, ended_ms = ?, found = ? \
         WHERE id = ? AND position = ?",
        values![
            advance.upto,
            steps::print(&row.steps)?.as_str(),
            row.tail_bytes,
            row.segments,
            row.running && ends.is_none(),
            ends.is_some(),
            ends.map(|_| advance.at_ms).or(row.ended_ms).map_or(crate::db::Value::Null, Into::into),
            &print_found(row.found.as_ref().filter(|_| row.running && ends.is_none()))?,
            advance.attempt.as_str(),
            advance.from,
        ],
    )?;
    if stood == 0 {
        return Err(StoreError::Corrupt(format!("attempt {} moved within a transaction", advance.attempt)));
    }
    let mut due = made(db, advance, &row)?;
    let ended = match ends {
        Some(ending) => end(db, advance, &row, ending)?,
        None => News::default(),
    };
    due.extend(ended.due);
    Ok(Applied::Advanced { due, new_versions: ended.new_versions, seal })
}

fn parse_found(text: &str) -> Result<(Vec<Version>, bool), StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("what a check found: {error}")))
}

fn print_found(found: Option<&(Vec<Version>, bool)>) -> Result<Option<String>, StoreError> {
    let text = found.map(serde_json::to_string).transpose();
    text.map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// What puts made is recorded; the jobs that read it.
fn made(db: &Db, advance: &Advance, row: &Row) -> Result<Vec<JobId>, StoreError> {
    match &row.build {
        Some(build) if row.running => {
            outputs::record(db, (build, &advance.attempt), &advance.outputs, advance.at_ms)
        }
        _ => Ok(Vec::new()),
    }
}

/// What the end of an attempt changes beyond its own row.
fn end(db: &Db, advance: &Advance, row: &Row, ending: &Ending) -> Result<News, StoreError> {
    if let Some(build) = &row.build {
        let begun = row.steps.iter().any(|step| step.started_ms.is_some());
        let due = end::build(db, (build, &advance.attempt), begun, ending, advance.at_ms)?;
        return Ok(News { due, ..News::default() });
    }
    match &row.check {
        Some((id, number)) => check::end(db, id, *number, row.found.as_ref(), ending, advance.at_ms),
        None => Ok(News::default()),
    }
}

/// Adds frames to the tail, or, where a short log has ended, makes all of it one row. Whether a segment is due.
fn store_frames(
    db: &Db,
    attempt: &AttemptId,
    row: &mut Row,
    new: &[(u64, Frame)],
    upto: u64,
    over: bool,
    at_ms: u64,
) -> Result<bool, StoreError> {
    let bytes = row.tail_bytes + new.iter().map(|(_, frame)| frame.data.len() as u64).sum::<u64>();
    if over && bytes > 0 && bytes < INLINE_BYTES {
        let before = row.tail_bytes > 0;
        let (mut heads, mut data) = (Vec::new(), Vec::with_capacity(bytes as usize));
        if before {
            heads = frames::tail(db, attempt, upto, |frame| {
                data.extend_from_slice(frame);
                Ok(())
            })?;
        }
        for (position, frame) in new {
            heads.push(FrameHead::of(*position, frame));
            data.extend_from_slice(&frame.data);
        }
        if before {
            frames::remove_tail(db, attempt, upto)?;
        }
        frames::insert_last(db, attempt, (row.segments, upto), (&heads, &data), at_ms)?;
        row.segments += 1;
        row.tail_bytes = 0;
        return Ok(false);
    }
    for (position, frame) in new {
        frames::insert(db, attempt, *position, frame)?;
    }
    row.tail_bytes = bytes;
    Ok(bytes >= SEGMENT_BYTES || (over && bytes >= INLINE_BYTES))
}
