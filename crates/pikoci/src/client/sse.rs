//! Server-sent events out of bytes, in whatever pieces they come.
//! The format: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

/// The longest event, in bytes. The server's pieces of a log are far smaller.
const LONGEST: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its kind; `message` where the stream names none.
    pub(crate) event: String,
    /// Its lines of data.
    pub(crate) data: String,
    /// Where the stream goes on after it, if it says.
    pub(crate) id: Option<String>,
}

/// An event is longer than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Takes bytes, gives events. A new stream takes a new parser.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// What came of a line that has not ended.
    line: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Parser {
    /// Takes the next bytes, and adds the events that they complete to `events`.
    ///
    /// # Errors
    /// An event is longer than 16 MiB.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], events: &mut impl Extend<Event>) -> Result<(), TooLong> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            events.extend(self.take_line(line.strip_suffix(b"\r").unwrap_or(&line)));
        }
        self.line.extend_from_slice(bytes);
        match self.line.len() + self.event.data.len() > LONGEST {
            true => Err(TooLong),
            false => Ok(()),
        }
    }

    /// Takes a whole line; an empty one ends an event.
    fn take_line(&mut self, line: &[u8]) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.event),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => self.add_data(value),
            // A comment (the heartbeat), `retry`, and fields of the future.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &str) {
        if self.has_data {
            self.event.data.push('\n');
        }
        self.has_data = true;
        self.event.data.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b": hello\n\nid: a.1\nevent: log\ndata: {\"text\":\ndata: \"\xc3\xa4: b\"}\n\n\
        event: end\r\ndata:{}\r\nid: a.2\r\n\r\nevent: nothing\n\ndata: cut off";

    fn expected() -> Vec<Event> {
        let event = |event: &str, data: &str, id: &str| Event {
            event: event.into(),
            data: data.into(),
            id: Some(id.into()),
        };
        vec![event("log", "{\"text\":\n\"ä: b\"}", "a.1"), event("end", "{}", "a.2")]
    }

    #[test]
    fn events_come_out_however_the_bytes_are_cut() {
        for size in 1..=STREAM.len() {
            let (mut parser, mut events) = (Parser::default(), Vec::new());
            for piece in STREAM.chunks(size) {
                parser.feed(piece, &mut events).unwrap();
            }
            assert_eq!(events, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        let piece = vec![b'x'; 1024 * 1024];
        let fed = (0..17).try_for_each(|_| parser.feed(&piece, &mut events));
        assert_eq!(fed, Err(TooLong));
    }
}
