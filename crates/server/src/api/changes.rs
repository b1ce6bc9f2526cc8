//! `GET …/events` and `/events`: what happens to builds, of a pipeline or of all, as server-sent events.
//!
//! Each round reads from the ledger what has changed since the change that was sent last. Nothing is kept for a client: one
//! that is slow is sent the newest state of each build, once, and one that is too slow is told to come again.

use super::names::PipelinePath;
use super::page::At;
use super::view::{Brief, Resume};
use super::{App, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use pikoci_store::read::{Build, Pipeline};
use std::time::Duration;
use tokio::sync::watch;

/// The most builds of one round.
const ROUND: usize = 100;
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
    let changes = app.0.live.listen_all();
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let newest = app.read(pikoci_store::Store::last_change).await?;
    // Behind the newest there is nothing: such an id is of another ledger.
    let cursor = resumed.unwrap_or(newest).min(newest);
    let follower = Follower { app, pipeline, changes, cursor, catching_up: true, ended: false };
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
    changes: watch::Receiver<()>,
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
            self.changes.borrow_and_update();
            let (newest, builds) = self.read().await.ok()?;
            if !self.catching_up && newest.saturating_sub(self.cursor) > BEHIND {
                self.ended = true;
                return Some(vec![Event::default().event("resume").json_data(Resume::TOO_SLOW)]);
            }
            if builds.len() < ROUND {
                self.catching_up = false;
                self.cursor = self.cursor.max(newest);
            }
            let full = builds.len() == ROUND;
            self.cursor = self.cursor.max(builds.last().map_or(0, |last| last.seq));
            let events: Events = builds.iter().filter(|build| self.is_of(build)).map(event).collect();
            if !events.is_empty() {
                return Some(events);
            }
            if full {
                continue;
            }
            self.changes.changed().await.ok()?;
        }
    }

    fn is_of(&self, build: &Build) -> bool {
        let pipeline = self.pipeline.as_ref();
        pipeline.is_none_or(|pipeline| pipeline.team == build.team && pipeline.name == build.pipeline)
    }

    /// The number of the newest change, and the builds that have changed; of these some may be newer.
    async fn read(&self) -> Result<(u64, Vec<Build>), Problem> {
        let cursor = self.cursor;
        let read = self.app.read(move |store| {
            let newest = store.last_change()?;
            Ok((newest, store.builds_changed_since(cursor, ROUND)?))
        });
        read.await
    }
}

fn event(build: &Build) -> Result<Event, axum::Error> {
    Ok(Event::default().event("state").json_data(Brief::from(build))?.id(build.seq.to_string()))
}
