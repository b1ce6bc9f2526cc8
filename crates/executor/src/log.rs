//! The log of one step: its bytes in order, cut visibly at a limit.

use pikoci_plan::event::{Frame, Stream};

/// How much of the end of a log is remembered, for messages and hints: bytes.
const TAIL_BYTES: usize = 4 * 1024;

/// Counts a step's log, and makes its frames.
#[derive(Debug)]
pub(crate) struct StepLog {
    step: u32,
    offset: u64,
    /// How many bytes of processes may still be kept.
    room: u64,
    limit: u64,
    cut: u64,
    tail: Vec<u8>,
}

impl StepLog {
    /// The log of the step with that index, of which at most `limit` bytes of output are kept.
    pub(crate) fn new(step: u32, limit: u64) -> Self {
        Self { step, offset: 0, room: limit, limit, cut: 0, tail: Vec::new() }
    }

    /// What a process wrote, as a frame; `None` if nothing of it is kept.
    pub(crate) fn output(&mut self, bytes: &[u8]) -> Option<Frame> {
        let kept = bytes.len().min(usize::try_from(self.room).unwrap_or(usize::MAX));
        self.room -= kept as u64;
        self.cut += (bytes.len() - kept) as u64;
        self.remember(bytes);
        (kept > 0).then(|| self.frame(Stream::Output, bytes[..kept].to_vec()))
    }

    /// A sentence of ours, as a frame: a line of its own.
    pub(crate) fn note(&mut self, sentence: &str) -> Frame {
        let begun_line = self.tail.last().is_some_and(|last| *last != b'\n');
        self.tail.clear();
        let line_feed = if begun_line { "\n" } else { "" };
        self.frame(Stream::Note, format!("{line_feed}{sentence}\n").into_bytes())
    }

    /// What to say of the bytes that were not kept, if there were any.
    pub(crate) fn cut(&self) -> Option<String> {
        (self.cut > 0).then(|| {
            format!("the log is cut here: {} more bytes were written, of which none is kept (the limit of a step is {} bytes)", self.cut, self.limit)
        })
    }

    /// The end of what the processes wrote, as text.
    pub(crate) fn tail(&self) -> String {
        String::from_utf8_lossy(&self.tail).into_owned()
    }

    fn frame(&mut self, stream: Stream, data: Vec<u8>) -> Frame {
        let frame = Frame::raw(self.step, stream, self.offset, data);
        self.offset += u64::from(frame.length);
        frame
    }

    fn remember(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let excess = (self.tail.len() + bytes.len()).saturating_sub(TAIL_BYTES);
        self.tail.drain(..excess);
        self.tail.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_every_byte_and_the_cut_is_visible() {
        let mut log = StepLog::new(3, 10);
        let first = log.output(b"1234567").expect("kept");
        let second = log.output(b"89abc").expect("kept in part");
        assert_eq!((first.offset, second.offset, second.data.as_slice()), (0, 7, b"89a".as_slice()));
        assert_eq!(log.output(b"more"), None);
        let sentence = log.cut().expect("something was cut");
        assert!(sentence.contains("6 more bytes"), "{sentence}");
        let note = log.note(&sentence);
        assert_eq!((note.offset, note.step, note.stream), (10, 3, Stream::Note));
        assert!(note.data.starts_with(b"\nthe log is cut here"), "it begins a line of its own");
    }

    #[test]
    fn the_tail_is_the_end() {
        let mut log = StepLog::new(0, 1);
        log.output(&[b'x'; 10_000]);
        log.output(b"end");
        assert_eq!(log.tail().len(), TAIL_BYTES);
        assert!(log.tail().ends_with("xend"));
    }
}
