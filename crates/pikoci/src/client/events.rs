//! A build's events, over as many connections as it takes: a stream that breaks is taken up after the last
//! event that came.

use super::Client;
use super::error::Error;
use super::sse::{Event, Parser};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use std::collections::VecDeque;
use std::time::Duration;

/// A server sends a comment every 15 s; after three of them did not come the connection is taken for dead.
const SILENCE: Duration = Duration::from_secs(45);
/// How often in a row a connection is tried again, about 30 s in all.
const TRIES: u32 = 10;
/// The first pause between two tries; each is twice the one before,
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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
    failed: u32,
}

impl<'a> Events<'a> {
    /// The events at a path, from their beginning.
    pub(crate) fn new(client: &'a Client, path: String) -> Self {
        Self { client, path, last_id: None, stream: None, ready: VecDeque::new(), failed: 0 }
    }

    /// The next event, or that the connection was lost. After the event that ends the stream do not call it.
    ///
    /// # Errors
    /// The server says no, or does not come back.
    pub(crate) async fn next(&mut self) -> Result<Heard, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.failed = 0;
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
        self.failed += 1;
        match error.may_pass() && self.failed <= TRIES {
            true => Ok(Heard::Lost(error)),
            false => Err(error),
        }
    }

    /// Takes in the next bytes, from a new connection if there is none.
    async fn receive(&mut self) -> Result<(), Error> {
        let (body, parser) = match &mut self.stream {
            Some(stream) => stream,
            None => self
                .stream
                .insert(connect(self.client, &self.path, self.last_id.as_deref(), self.failed).await?),
        };
        let bytes = next_bytes(body).await?;
        parser.feed(&bytes, &mut self.ready).map_err(|_| Error::Garbled("an event is over 16 MiB".into()))
    }
}

async fn connect(
    client: &Client,
    path: &str,
    last_id: Option<&str>,
    failed: u32,
) -> Result<(Incoming, Parser), Error> {
    if failed > 0 {
        tokio::time::sleep(pause(failed)).await;
    }
    let mut headers = vec![("accept", "text/event-stream")];
    headers.extend(last_id.map(|id| ("last-event-id", id)));
    Ok((client.open(path, &headers).await?, Parser::default()))
}

/// The pause before a try, after so many that failed.
fn pause(failed: u32) -> Duration {
    LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.saturating_pow(failed.saturating_sub(1)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let millis: Vec<_> = (1..=TRIES).map(|failed| pause(failed).as_millis()).collect();
        assert_eq!(millis, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
    }
}
