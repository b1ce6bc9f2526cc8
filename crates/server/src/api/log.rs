//! `GET /api/v1/builds/{id}/log`: what the processes of a build wrote, by bytes (`Range`), lines and step.
//!
//! The index of the log says which frames are needed; these are read and sent one after the other.

use super::names::BuildIdPath;
use super::page::{Asked, At};
use super::{App, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use futures_util::stream;
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_store::FrameHead;
use pikoci_store::read::Build;
use serde::Deserialize;
use std::ops::Range;
use utoipa::IntoParams;

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only of this step: its name (of several the first), or its index.
    step: Option<String>,
    /// Only these lines, counted from 1: `10-20`, `10-`.
    #[param(pattern = "^[0-9]+-[0-9]*$", example = "10-20")]
    lines: Option<String>,
}

/// What the processes of a build wrote, in order, byte for byte.
#[utoipa::path(get, path = "/api/v1/builds/{id}/log", operation_id = "build_log", tag = "builds",
    params(BuildIdPath, Wanted, ("Range" = Option<String>, Header, example = "bytes=100-199",
        description = "Only these bytes")),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "The log"),
        (status = 206, body = String, content_type = "text/plain", description = "The bytes that were asked for"),
    ))]
pub(super) async fn log(
    State(app): State<App>,
    At(BuildIdPath { id }): At<BuildIdPath>,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let build = app.build(BuildId(id)).await?;
    let step = wanted.step.as_deref().map(|step| find_step(&build, step)).transpose()?;
    let index = Index::read(&app, build.attempt.as_ref(), step).await?;
    let lines = match &wanted.lines {
        Some(lines) => index.lines(&app, parse_lines(lines)?).await?,
        None => 0..index.length,
    };
    let length = lines.end - lines.start;
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()).and_then(parse_range);
    let response = Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header("X-Content-Type-Options", "nosniff")
        .header(header::ACCEPT_RANGES, "bytes");
    let (response, part) = match range {
        None => (response, 0..length),
        Some(asked) => {
            let part = asked.within(length).ok_or_else(|| Problem::range_not_satisfiable(length))?;
            let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            (response.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range), part)
        }
    };
    let bytes = lines.start + part.start..lines.start + part.end;
    response
        .header(header::CONTENT_LENGTH, bytes.end - bytes.start)
        .body(index.body(app, bytes))
        .map_err(|error| Problem::unavailable(error.to_string()))
}

/// A step by its name, of several the first, or by its index.
fn find_step(build: &Build, step: &str) -> Result<u32, Problem> {
    let named = build.outline.iter().position(|row| row.name == step);
    let index = named.or_else(|| step.parse().ok().filter(|index| *index < build.outline.len()));
    index.map(|index| index as u32).ok_or_else(|| {
        let known: Vec<_> = build.outline.iter().map(|row| row.name.as_str()).collect();
        Problem::step_not_found(step, &known)
    })
}

/// The frames of a log, with where each begins.
struct Index {
    attempt: Option<AttemptId>,
    frames: Vec<(u64, FrameHead)>,
    length: u64,
}

impl Index {
    async fn read(app: &App, attempt: Option<&AttemptId>, step: Option<u32>) -> Result<Self, Problem> {
        let mut index = Self { attempt: attempt.cloned(), frames: Vec::new(), length: 0 };
        let Some(attempt) = attempt.cloned() else { return Ok(index) };
        for head in app.read(move |store| store.log_heads(&attempt)).await? {
            if step.is_none_or(|step| step == head.step) {
                index.frames.push((index.length, head));
                index.length += u64::from(head.length);
            }
        }
        Ok(index)
    }

    /// The bytes of one frame.
    async fn bytes(&self, app: &App, head: &FrameHead) -> Result<Vec<u8>, Problem> {
        frame(app, self.attempt.clone(), head.position).await
    }

    /// The bytes of lines `from` to `to`, both counted from 1.
    async fn lines(&self, app: &App, (from, to): (u64, u64)) -> Result<Range<u64>, Problem> {
        let start = self.after_feed(app, from - 1).await?;
        let end = self.after_feed(app, to).await?;
        Ok(start..end.max(start))
    }

    /// The place after the line feed of that number, from 1; 0 is the beginning, beyond the last the end.
    async fn after_feed(&self, app: &App, number: u64) -> Result<u64, Problem> {
        let mut left = number;
        if left == 0 {
            return Ok(0);
        }
        for (start, head) in &self.frames {
            if left > u64::from(head.lines) {
                left -= u64::from(head.lines);
                continue;
            }
            let bytes = self.bytes(app, head).await?;
            let feeds = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            let place = feeds.map(|(place, _)| place as u64).nth(left as usize - 1);
            return Ok(start + place.map_or(bytes.len() as u64, |place| place + 1));
        }
        Ok(self.length)
    }

    /// The bytes of a range, frame by frame.
    fn body(self, app: App, range: Range<u64>) -> Body {
        let attempt = self.attempt;
        let needed = self
            .frames
            .into_iter()
            .filter(move |(start, head)| *start < range.end && start + u64::from(head.length) > range.start);
        let parts: Vec<_> = needed
            .map(|(start, head)| {
                let from = range.start.saturating_sub(start);
                let to = (range.end - start).min(u64::from(head.length));
                (head.position, from as usize..to as usize)
            })
            .collect();
        Body::from_stream(stream::unfold(parts.into_iter(), move |mut parts| {
            let (app, attempt) = (app.clone(), attempt.clone());
            async move {
                let (position, part) = parts.next()?;
                let bytes = frame(&app, attempt, position).await;
                let bytes = bytes.map_err(|problem| std::io::Error::other(format!("{problem:?}")));
                Some((bytes.map(|bytes| bytes::Bytes::from(bytes).slice(part)), parts))
            }
        }))
    }
}

async fn frame(app: &App, attempt: Option<AttemptId>, position: u64) -> Result<Vec<u8>, Problem> {
    let chunk = app.read(move |store| {
        let attempt = attempt.unwrap_or_else(|| AttemptId(String::new()));
        Ok(store.log_from(&attempt, position, 1)?.pop())
    });
    chunk.await?.map(|chunk| chunk.bytes).ok_or_else(|| Problem::unavailable("a part of the log is gone"))
}

/// `a-b`, both counted from 1; `a-` is to the end.
fn parse_lines(text: &str) -> Result<(u64, u64), Problem> {
    let parsed = text.split_once('-').and_then(|(from, to)| {
        let from = from.parse().ok()?;
        let to = if to.is_empty() { u64::MAX } else { to.parse().ok()? };
        (1 <= from && from <= to).then_some((from, to))
    });
    parsed
        .ok_or_else(|| Problem::invalid("`lines` takes FROM-TO, counted from 1: `lines=10-20`, `lines=10-`"))
}

/// One range of bytes as [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-byte-ranges) has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bytes {
    From(u64, Option<u64>),
    Last(u64),
}

/// A `Range` header; several ranges, or another unit, are as if there was none.
fn parse_range(text: &str) -> Option<Bytes> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    match (from, to) {
        ("", last) => Some(Bytes::Last(last.parse().ok()?)),
        (from, "") => Some(Bytes::From(from.parse().ok()?, None)),
        (from, to) => {
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            (from <= to).then_some(Bytes::From(from, Some(to)))
        }
    }
}

impl Bytes {
    fn within(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(from, to) => from..to.map_or(length, |to| to.saturating_add(1).min(length)),
            Self::Last(last) => length.saturating_sub(last)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let within = |text, length| parse_range(text).and_then(|range| range.within(length));
        assert_eq!(within("bytes=0-4", 10), Some(0..5));
        assert_eq!(within("bytes=5-", 10), Some(5..10));
        assert_eq!(within("bytes=-3", 10), Some(7..10));
        assert_eq!(within("bytes=-30", 10), Some(0..10));
        assert_eq!(within("bytes=0-99", 10), Some(0..10));
        assert_eq!(within("bytes=0-18446744073709551615", 10), Some(0..10));
        assert_eq!(within("bytes=10-", 10), None);
        for text in ["bytes=a-b", "bytes=4-2", "lines=0-4", "bytes=0-1,3-4", ""] {
            assert_eq!(parse_range(text), None, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(parse_lines("2-4").unwrap(), (2, 4));
        assert_eq!(parse_lines("2-").unwrap(), (2, u64::MAX));
        for text in ["0-4", "4-2", "x", "-", "-4"] {
            assert!(parse_lines(text).is_err(), "{text}");
        }
    }
}
