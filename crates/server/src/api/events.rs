//! `GET /api/v1/builds/{id}/events`: what happens to a build, as server-sent events.
//!
//! Each round reads from the ledger what has come since the position that was sent last, so that a stream that resumes
//! (`Last-Event-ID`) misses and repeats nothing, and a slow client keeps nobody and no memory busy.

use super::names::BuildIdPath;
use super::page::At;
use super::view::{Brief, Build as BuildView, LogPiece, Step};
use super::{App, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use pikoci_plan::id::{AttemptId, BuildId};
use pikoci_plan::status::Status;
use pikoci_store::read::{Build, LogChunk};
use std::time::Duration;
use tokio::sync::watch;

/// The most log frames of one round.
const ROUND: usize = 16;
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What happens to a build, as server-sent events, from its beginning: `state` (a `BuildBrief`), `step` (a `Step`),
/// `log` (a `LogPiece`), and at last `end` (a `Build`).
#[utoipa::path(get, path = "/api/v1/builds/{id}/events", operation_id = "build_events", tag = "builds",
    params(BuildIdPath, ("Last-Event-ID" = Option<String>, Header,
        description = "The id of the event that was seen last: the stream goes on behind it")),
    responses((status = 200, body = LogPiece, content_type = "text/event-stream", description = "The events")))]
pub(super) async fn events(
    State(app): State<App>,
    At(BuildIdPath { id }): At<BuildIdPath>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Problem> {
    let id = BuildId(id);
    let changes = app.0.live.listen(&id);
    app.build(id.clone()).await?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(Cursor::parse);
    let follower =
        Follower { app, id, changes, cursor: resumed.unwrap_or_default(), shown: None, ended: false };
    let rounds = stream::unfold(follower, async |mut follower| {
        let events = follower.round().await?;
        Some((stream::iter(events), follower))
    });
    Ok(Sse::new(rounds.flatten()).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Where a stream stands: the next position of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Cursor {
    attempt: Option<AttemptId>,
    next: u64,
}

impl Cursor {
    /// `ATTEMPT.POSITION`, of the event that was seen last.
    fn parse(text: &str) -> Option<Self> {
        let (attempt, position) = text.rsplit_once('.')?;
        let next = position.parse::<u64>().ok()?.checked_add(1)?;
        Some(Self { attempt: Some(attempt.into()), next })
    }
}

struct Follower {
    app: App,
    id: BuildId,
    changes: watch::Receiver<()>,
    cursor: Cursor,
    /// Of the state that was told last: its word, whether it is cancelled, and with how many workers it was lost.
    shown: Option<(Status, bool, u64)>,
    ended: bool,
}

impl Follower {
    /// The next events; waits until there are some. `None` is the end.
    async fn round(&mut self) -> Option<Vec<Result<Event, axum::Error>>> {
        if self.ended {
            return None;
        }
        loop {
            self.changes.borrow_and_update();
            let (build, chunks) = self.read().await.ok()?;
            let events = self.events(&build, chunks);
            if !events.is_empty() {
                return Some(events);
            }
            self.changes.changed().await.ok()?;
        }
    }

    async fn read(&self) -> Result<(Build, Vec<LogChunk>), Problem> {
        let (id, cursor) = (self.id.clone(), self.cursor.clone());
        let read = self.app.read(move |store| {
            let Some(build) = store.build(&id)? else { return Ok(None) };
            let from = if build.attempt == cursor.attempt { cursor.next } else { 0 };
            let mut chunks = match &build.attempt {
                Some(attempt) if from < build.position => store.log_from(attempt, from, ROUND)?,
                _ => Vec::new(),
            };
            // What came after the build was read belongs to the next round, with the steps around it.
            chunks.retain(|chunk| chunk.head.position < build.position);
            Ok(Some((build, chunks)))
        });
        read.await?.ok_or_else(|| Problem::build_not_found(self.id.as_str()))
    }

    fn events(&mut self, build: &Build, chunks: Vec<LogChunk>) -> Vec<Result<Event, axum::Error>> {
        if build.attempt != self.cursor.attempt {
            self.cursor = Cursor { attempt: build.attempt.clone(), next: 0 };
        }
        let mut events = Vec::new();
        let state = (build.status, build.cancel, build.losses);
        if self.shown != Some(state) {
            self.shown = Some(state);
            events.push(Event::default().event("state").json_data(Brief::from(build)));
        }
        let full = chunks.len() == ROUND;
        let upto = if full { chunks.last().map_or(0, |last| last.head.position + 1) } else { build.position };
        let mut items: Vec<_> = chunks.iter().map(|chunk| (chunk.head.position, Item::log(chunk))).collect();
        let new = self.cursor.next..upto;
        // A step that has ended since is told twice: as it began, before its log, and as it ended.
        let began = build.steps.iter().filter(|row| new.contains(&row.began) && row.began < row.position);
        items.extend(began.map(|row| (row.began, Item::Step(Step::began(build, row)))));
        let now = build.steps.iter().filter(|row| new.contains(&row.position));
        items.extend(now.map(|row| (row.position, Item::Step(Step::of(build, row.step)))));
        items.sort_by_key(|(position, _)| *position);
        if let Some(attempt) = &build.attempt {
            events.extend(
                items
                    .into_iter()
                    .map(|(position, item)| Ok(item.event()?.id(format!("{attempt}.{position}")))),
            );
        }
        self.cursor.next = self.cursor.next.max(upto);
        if build.status.is_final() && !full {
            self.ended = true;
            events.push(Event::default().event("end").json_data(BuildView::from(build)));
        }
        events
    }
}

/// What has a position.
enum Item {
    Step(Step),
    Log(LogPiece),
}

impl Item {
    fn log(chunk: &LogChunk) -> Self {
        Self::Log(LogPiece::from(chunk))
    }

    fn event(&self) -> Result<Event, axum::Error> {
        match self {
            Self::Step(step) => Event::default().event("step").json_data(step),
            Self::Log(piece) => Event::default().event("log").json_data(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_resumes_behind_the_event_that_was_seen_last() {
        let cursor = |attempt: &str, next| Some(Cursor { attempt: Some(attempt.into()), next });
        assert_eq!(Cursor::parse("01ABC.7"), cursor("01ABC", 8));
        for text in ["", "01ABC", "01ABC.x", "01ABC.18446744073709551615"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
