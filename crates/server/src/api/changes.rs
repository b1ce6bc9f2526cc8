//! `GET …/events` and `/events`: what happens to builds, of a pipeline or of all, as server-sent events.
//!
//! Each round takes what has changed since the change that was sent last, from what one reader has read for all ([`feed`]),
//! or, where that is too long ago, from the ledger. Nothing is kept for a client: one that is slow is sent the newest state of
//! each build, once, and one that is too slow is told to come again.

mod feed;
mod recent;

pub(super) use feed::Feeds;

use super::names::PipelinePath;
use super::page::At;
use super::view::{Brief, Resume};
use super::{App, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use feed::{Feed, ROUND};
use futures_util::{Stream, StreamExt, stream};
use pikoci_store::read::Pipeline;
use recent::{Behind, Change};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// By how many changes a client may fall behind while it is connected.
const BEHIND: u64 = 10_000;
const HEARTBEAT: Duration = Duration::from_secs(15);

type Events = Vec<Result<Event, axum::Error>>;

/// What happens to the builds of a pipeline from now on, as server-sent events: `state` (a `BuildBrief`). With
/// `Last-Event-ID` it begins with what has changed since, each build once.
#[utoipa::path(get, path = "/api/v1/teams/{team}/pipelines/{pipeline}/events", operation_id = "pipeline_events",
    tag = "pipelines", params(PipelinePath, ("Last-Event-ID" = Option<String>, Header,
        description = "The id of the event that was seen last: the stream goes on behind it")),
    responses((status = 200, body = Brief, content_type = "text/event-stream", description = "The events")))]
pub(super) async fn of_pipeline(
    State(app): State<App>,
    At(path): At<PipelinePath>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Problem> {
    let pipeline = app.pipeline(path).await?;
    follow(app, Some(pipeline), &headers).await
}

/// What happens to all builds from now on, as server-sent events: `state` (a `BuildBrief`). A client that falls too far
/// behind is told so (`resume`) before the stream ends, and comes again with `Last-Event-ID`.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "events", tag = "builds",
    params(("Last-Event-ID" = Option<String>, Header,
        description = "The id of the event that was seen last: the stream goes on behind it")),
    responses((status = 200, body = Brief, content_type = "text/event-stream", description = "The events")))]
pub(super) async fn of_all(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Problem> {
    follow(app, None, &headers).await
}

async fn follow(
    app: App,
    pipeline: Option<Pipeline>,
    headers: &HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>> + use<>>, Problem> {
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let newest = app.read(pikoci_store::Store::last_change).await?;
    let feed = app.0.feeds.join(&app, newest);
    // Behind the newest there is nothing: such an id is of another ledger.
    let cursor = resumed.unwrap_or(newest).min(newest);
    let told = feed.listen();
    let follower = Follower { app, pipeline, feed, told, cursor, catching_up: true, ended: false };
    let rounds = stream::unfold(follower, async |mut follower| {
        let events = follower.round().await?;
        Some((stream::iter(events), follower))
    });
    // Something is sent at once, or a client of a quiet server would not learn before a heartbeat that it is connected.
    let hello = stream::iter([Ok(Event::default().comment("connected"))]);
    Ok(Sse::new(hello.chain(rounds.flatten())).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

struct Follower {
    app: App,
    pipeline: Option<Pipeline>,
    feed: Arc<Feed>,
    told: watch::Receiver<()>,
    cursor: u64,
    /// What was before the client came is still being told.
    catching_up: bool,
    ended: bool,
}

impl Follower {
    /// The next events; waits until there are some. `None` is the end.
    async fn round(&mut self) -> Option<Events> {
        if self.ended {
            return None;
        }
        loop {
            self.told.borrow_and_update();
            let Behind { newest, changes } = self.behind().await.ok()?;
            if !self.catching_up && newest.saturating_sub(self.cursor) > BEHIND {
                self.ended = true;
                return Some(vec![Event::default().event("resume").json_data(Resume::TOO_SLOW)]);
            }
            let full = changes.len() == ROUND;
            if !full {
                self.catching_up = false;
                self.cursor = self.cursor.max(newest);
            }
            self.cursor = self.cursor.max(changes.last().map_or(0, |last| last.seq));
            let changes = changes.iter().filter(|change| self.follows(change));
            let events: Events = changes.map(|change| Ok(change.event.clone())).collect();
            if !events.is_empty() {
                return Some(events);
            }
            if !full {
                self.told.changed().await.ok()?;
            }
        }
    }

    fn follows(&self, change: &Change) -> bool {
        self.pipeline.as_ref().is_none_or(|pipeline| change.is_of(&pipeline.team, &pipeline.name))
    }

    /// From memory, but for who has just come, and is told how things are now, or is far behind.
    async fn behind(&self) -> Result<Behind, Problem> {
        let known = if self.catching_up { None } else { self.feed.behind(self.cursor) };
        match known {
            Some(behind) => Ok(behind),
            None => feed::read(&self.app, self.cursor).await,
        }
    }
}
