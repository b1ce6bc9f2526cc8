//! What it costs that many follow all builds by server-sent events.

use super::{block_on, dispatch};
use crate::bed::{Bed, Server, Stamps, System};
use crate::figure::{Figure, Limit};
use crate::samples::Samples;
use anyhow::{Context, Result, bail};
use http_body_util::BodyExt;
use hyper::Method;
use pikoci_testkit::api::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::watch;

/// How many follow.
pub const MANY: usize = 200;

/// How long a stream may take to open.
const OPEN: Duration = Duration::from_secs(30);

/// Dispatch and memory with and without, on one system.
pub fn measure(bed: &Bed, system: System, many: usize) -> Result<Vec<Figure>> {
    let pipeline = bed.pipeline(dispatch::PIPELINE)?;
    let stamps = bed.stamps()?;
    let server = bed.server(system, &pipeline)?;
    let alone = Measured::of(&server, &stamps)?;
    let followers = Followers::start(&server, many)?;
    let followed = Measured::of(&server, &stamps)?;
    let events = followers.stop()?;
    let name = |what: &str| format!("{what}, {} with {many} streams of all events", system.name());
    let beside = |value: f64, unit| Limit { name: "without".into(), value, unit };
    let row = |percent: usize| {
        let without = beside(alone.dispatch.percentile(percent), "ms");
        let what = format!("trigger → first process, p{percent}");
        Figure::new(name(&what), followed.dispatch.percentile(percent), "ms").beside(&without)
    };
    Ok(vec![
        row(50),
        row(99),
        Figure::new(name("memory"), followed.memory_mb, "MB").beside(&beside(alone.memory_mb, "MB")),
        Figure::new(name("events a build"), events / followed.builds, "").beside(&Limit {
            name: "at most, if each sees each change".into(),
            value: (many * CHANGES) as f64,
            unit: "",
        }),
    ])
}

/// How often a build changes: it is made, and starts at once; it ends.
const CHANGES: usize = 2;

struct Measured {
    dispatch: Samples,
    builds: f64,
    memory_mb: f64,
}

impl Measured {
    fn of(server: &Server, stamps: &Stamps) -> Result<Self> {
        let dispatch = block_on(dispatch::samples(server, stamps, dispatch::SAMPLES))?;
        let builds = (dispatch::SAMPLES + dispatch::WARM_UP) as f64;
        Ok(Self { dispatch, builds, memory_mb: server.memory_mb("VmRSS")? })
    }
}

/// Clients that follow all events, on a thread of their own.
struct Followers {
    stop: watch::Sender<bool>,
    thread: JoinHandle<Result<()>>,
    events: Arc<AtomicU64>,
}

impl Followers {
    /// Opens all streams.
    fn start(server: &Server, many: usize) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (opened, open) = std::sync::mpsc::channel();
        let events = Arc::new(AtomicU64::new(0));
        let (api, seen) = (server.api(), Arc::clone(&events));
        let thread = thread::spawn(move || {
            block_on(async move {
                let mut all = tokio::task::JoinSet::new();
                for _ in 0..many {
                    let mut connection = Connection::open(&api).await?;
                    let accept = [("accept", "text/event-stream")];
                    let stream = connection.stream(Method::GET, "/api/v1/events", &accept).await?;
                    if !stream.status.is_success() {
                        bail!("/api/v1/events: {}", stream.status);
                    }
                    all.spawn(follow(connection, stream.body, Arc::clone(&seen)));
                }
                opened.send(())?;
                let mut stopped = stopped;
                stopped.changed().await?;
                Ok(())
            })
        });
        if open.recv_timeout(OPEN).is_err() {
            return Err(match thread.is_finished().then(|| thread.join()) {
                Some(Ok(Err(error))) => error.context("the streams did not open"),
                _ => anyhow::anyhow!("the streams did not open within {OPEN:?}"),
            });
        }
        Ok(Self { stop, thread, events })
    }

    /// Ends them; how many events all of them have seen.
    fn stop(self) -> Result<f64> {
        self.stop.send_replace(true);
        self.thread.join().map_err(|_| anyhow::anyhow!("a follower failed")).and_then(|ended| ended)?;
        Ok(self.events.load(Ordering::Relaxed) as f64)
    }
}

/// Counts the events of one stream.
async fn follow(
    _connection: Connection,
    mut body: hyper::body::Incoming,
    seen: Arc<AtomicU64>,
) -> Result<()> {
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let bytes = frame.data_ref().context("a stream without data")?;
        let ends = bytes.windows(2).filter(|pair| pair == b"\n\n").count();
        seen.fetch_add(ends as u64, Ordering::Relaxed);
    }
    Ok(())
}
