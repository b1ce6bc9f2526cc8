//! A build's events, over as many connections as it takes: a stream that breaks is taken up after the last
//! event that came.

use super::Client;
use super::error::Error;
use super::patience::Patience;
use super::sse::{Event, Parser};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use std::collections::VecDeque;
use std::time::Duration;

/// A server sends a comment every 15 s; after three of them did not come the connection is taken for dead.
const SILENCE: Duration = Duration::from_secs(45);

/// What a listener hears.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event.
    Event(Event),
    /// The connection is lost, and will be tried again after a pause.
    Lost(Error),
}

/// A stream of events that survives its connections.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    client: &'a Client,
    path: String,
    last_id: Option<String>,
    stream: Option<(Incoming, Parser)>,
    ready: VecDeque<Event>,
    patience: Patience,
    /// Before the next connection.
    pause: Duration,
}

impl<'a> Events<'a> {
    /// The events at a path, from their beginning.
    pub(crate) fn new(client: &'a Client, path: String) -> Self {
        Self {
            client,
            path,
            last_id: None,
            stream: None,
            ready: VecDeque::new(),
            patience: Patience::default(),
            pause: Duration::ZERO,
        }
    }

    /// The next event, or that the connection was lost. After the event that ends the stream do not call it.
    ///
    /// # Errors
    /// The server says no, or does not come back.
    pub(crate) async fn next(&mut self) -> Result<Heard, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                // The server does not keep events for who reads too slowly; it has them for who comes back.
                if event.event == "resume" {
                    self.lost(Error::broken("it was too slow"))?;
                    continue;
                }
                self.patience.restore();
                self.last_id = event.id.clone().or(self.last_id.take());
                return Ok(Heard::Event(event));
            }
            if let Err(error) = self.receive().await {
                return self.lost(error);
            }
        }
    }

    /// Decides whether an error is worth another try.
    fn lost(&mut self, error: Error) -> Result<Heard, Error> {
        self.stream = None;
        self.ready.clear();
        match self.patience.pause() {
            Some(pause) if error.may_pass() => {
                self.pause = pause;
                Ok(Heard::Lost(error))
            }
            _ => Err(error),
        }
    }

    /// Takes in the next bytes, from a new connection if there is none.
    async fn receive(&mut self) -> Result<(), Error> {
        let (body, parser) = match &mut self.stream {
            Some(stream) => stream,
            None => {
                tokio::time::sleep(self.pause).await;
                self.pause = Duration::ZERO;
                self.stream.insert(connect(self.client, &self.path, self.last_id.as_deref()).await?)
            }
        };
        let bytes = next_bytes(body).await?;
        parser.feed(&bytes, &mut self.ready).map_err(|_| Error::Garbled("an event is over 16 MiB".into()))
    }
}

async fn connect(client: &Client, path: &str, last_id: Option<&str>) -> Result<(Incoming, Parser), Error> {
    let mut headers = vec![("accept", "text/event-stream")];
    headers.extend(last_id.map(|id| ("last-event-id", id)));
    Ok((client.open(path, &headers).await?.into_body(), Parser::default()))
}

/// The next bytes of a body that has no end of its own.
async fn next_bytes(body: &mut Incoming) -> Result<Bytes, Error> {
    match tokio::time::timeout(SILENCE, body.frame()).await {
        Ok(Some(Ok(frame))) => Ok(frame.into_data().unwrap_or_default()),
        Ok(Some(Err(error))) => Err(Error::broken(error)),
        Ok(None) => Err(Error::broken("it was closed before the build ended")),
        Err(_) => Err(Error::broken("nothing came for 45 s")),
    }
}
