//! The log of one step: its bytes in order, without secrets, cut visibly at a limit.

use pikoci_mask::{Masker, mask_text};
use pikoci_plan::event::{Frame, Stream};
use std::cell::RefCell;
use std::rc::Rc;

/// How much of the end of a log is remembered, for messages and hints: bytes.
const TAIL_BYTES: usize = 4 * 1024;

/// How much is kept of what is not told: bytes.
const ASIDE_BYTES: usize = 64 * 1024;

/// The most lines of a log that a message quotes.
const QUOTED_LINES: usize = 5;

/// The most characters of a log that a message quotes.
const QUOTED_CHARS: usize = 1_000;

/// Counts a step's log, and makes its frames.
#[derive(Debug)]
pub(crate) struct StepLog {
    step: u32,
    offset: u64,
    /// How many bytes of processes may still be kept.
    room: u64,
    limit: u64,
    cut: u64,
    /// Whether the log says that it is cut.
    says_cut: bool,
    /// Whether what is kept ends within a line.
    is_within_line: bool,
    tail: Vec<u8>,
    masker: Rc<RefCell<Masker>>,
    mask: pikoci_mask::Stream,
    masked: Vec<u8>,
    /// What was written so far, if nothing of it is told yet.
    aside: Option<Aside>,
}

/// What is written to a log that nobody is told of: the end of it, as it was written.
#[derive(Debug, Default)]
struct Aside {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Aside {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let excess = self.bytes.len().saturating_sub(ASIDE_BYTES);
        self.is_cut |= excess > 0;
        self.bytes.drain(..excess);
    }
}

impl StepLog {
    /// The log of the step with that number, of which at most `limit` bytes of output are kept.
    pub(crate) fn new(step: u32, limit: u64, masker: Rc<RefCell<Masker>>) -> Self {
        let (mask, masked, aside) = Default::default();
        let (says_cut, is_within_line) = (false, false);
        Self {
            step,
            offset: 0,
            room: limit,
            limit,
            cut: 0,
            says_cut,
            is_within_line,
            tail: Vec::new(),
            masker,
            mask,
            masked,
            aside,
        }
    }

    /// Something else that is written for the step, and not told: only its end is kept, as it was written.
    pub(crate) fn aside(&self) -> Self {
        Self { aside: Some(Aside::default()), ..Self::new(self.step, 0, Rc::clone(&self.masker)) }
    }

    /// Takes in what was kept aside, by what is masked now; all of it or nothing, for a part of a secret would not
    /// be found.
    pub(crate) fn take_in(&mut self, other: Self) -> [Option<Frame>; 2] {
        match other.aside {
            Some(Aside { is_cut: true, .. }) => {
                let note = format!("what was written here is longer than {ASIDE_BYTES} bytes, and not shown");
                [self.note(&note), None]
            }
            Some(Aside { bytes, .. }) => [self.output(&bytes), self.finish()],
            None => [None, None],
        }
    }

    /// The step's number.
    pub(crate) fn step(&self) -> u32 {
        self.step
    }

    /// What a process wrote, as a frame; `None` if nothing of it is kept, or if all of it may be the beginning of
    /// a secret. Of the first that is not kept it is a note that says so.
    pub(crate) fn output(&mut self, bytes: &[u8]) -> Option<Frame> {
        if let Some(aside) = &mut self.aside {
            aside.add(bytes);
            return None;
        }
        let masker = Rc::clone(&self.masker);
        let masker = masker.borrow();
        if masker.is_empty() {
            return self.keep(bytes);
        }
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        self.mask.push(&masker, bytes, &mut masked);
        let frame = self.keep(&masked);
        self.masked = masked;
        frame
    }

    /// What was held back as the possible beginning of a secret: no more is to come.
    pub(crate) fn finish(&mut self) -> Option<Frame> {
        let mut rest = Vec::new();
        self.mask.finish(&self.masker.borrow(), &mut rest);
        self.keep(&rest)
    }

    fn keep(&mut self, bytes: &[u8]) -> Option<Frame> {
        let kept = bytes.len().min(usize::try_from(self.room).unwrap_or(usize::MAX));
        self.room -= kept as u64;
        self.cut += (bytes.len() - kept) as u64;
        let mut frame = None;
        if kept > 0 {
            frame = Some(self.frame(Stream::Output, bytes[..kept].to_vec()));
        } else if self.cut > 0 && !self.says_cut {
            self.says_cut = true;
            frame = Some(self.say(&self.begins_cut()));
        }
        self.remember(bytes);
        frame
    }

    /// A sentence of ours, as a frame: a line of its own.
    pub(crate) fn note(&mut self, sentence: &str) -> Option<Frame> {
        if let Some(aside) = &mut self.aside {
            aside.add(format!("{sentence}\n").as_bytes());
            return None;
        }
        self.tail.clear();
        Some(self.say(sentence))
    }

    fn say(&mut self, sentence: &str) -> Frame {
        let line_feed = if self.is_within_line { "\n" } else { "" };
        let sentence = mask_text(&self.masker.borrow(), sentence).into_owned();
        self.frame(Stream::Note, format!("{line_feed}{sentence}\n").into_bytes())
    }

    fn begins_cut(&self) -> String {
        format!(
            "the log is cut here: {} bytes are kept of a step, and what it writes from here on is not",
            self.limit
        )
    }

    /// What to say of the bytes that were not kept, if there were any.
    pub(crate) fn cut(&self) -> Option<String> {
        let (cut, limit) = (self.cut, self.limit);
        (cut > 0).then(|| {
            format!("the log is cut: {cut} more bytes were written and not kept; {limit} are of a step")
        })
    }

    /// The end of what the processes wrote, as text.
    pub(crate) fn tail(&self) -> String {
        match &self.aside {
            Some(aside) => {
                mask_text(&self.masker.borrow(), &String::from_utf8_lossy(&aside.bytes)).into_owned()
            }
            None => String::from_utf8_lossy(&self.tail).into_owned(),
        }
    }

    /// The sentence, and after it the last lines that the processes wrote.
    pub(crate) fn quoted(&self, sentence: &str) -> String {
        let tail = self.tail();
        let lines: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
        let quoted = lines[lines.len().saturating_sub(QUOTED_LINES)..].join(" | ");
        let characters = quoted.chars().count();
        let quoted: String = quoted.chars().skip(characters.saturating_sub(QUOTED_CHARS)).collect();
        if quoted.is_empty() { sentence.to_owned() } else { format!("{sentence}: {quoted}") }
    }

    fn frame(&mut self, stream: Stream, data: Vec<u8>) -> Frame {
        let frame = Frame::raw(self.step, stream, self.offset, data);
        self.offset += u64::from(frame.length);
        self.is_within_line = frame.data.last().is_some_and(|last| *last != b'\n');
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
        let mut log = StepLog::new(3, 10, Rc::default());
        let first = log.output(b"1234567").expect("kept");
        let second = log.output(b"89abc").expect("kept in part");
        assert_eq!((first.offset, second.offset, second.data.as_slice()), (0, 7, b"89a".as_slice()));
        let note = log.output(b"more").expect("the cut is told when it begins");
        assert_eq!((note.offset, note.step, note.stream), (10, 3, Stream::Note));
        assert!(
            note.data.starts_with(b"\nthe log is cut here: 10 bytes are kept"),
            "it begins a line of its own"
        );
        assert_eq!(log.output(b"and more"), None, "and only then");
        let sentence = log.cut().expect("something was cut");
        assert!(sentence.contains("14 more bytes"), "{sentence}");
        let note = log.note(&sentence).expect("told");
        assert!(note.data.starts_with(b"the log is cut: "), "the note before has ended its line");
    }

    #[test]
    fn what_is_kept_aside_is_masked_by_what_is_known_when_it_is_told() {
        let mut log = StepLog::new(0, 1_000, Rc::default());
        let mut aside = log.aside();
        assert_eq!(
            (aside.output(b"it is hunter2\n"), aside.note("a note"), aside.finish()),
            (None, None, None)
        );
        log.masker.borrow_mut().add("hunter2").expect("long enough");
        assert_eq!(aside.quoted("no"), "no: it is *** | a note");
        let told: Vec<u8> = log.take_in(aside).into_iter().flatten().flat_map(|frame| frame.data).collect();
        assert_eq!(told, b"it is ***\na note\n");
    }

    #[test]
    fn of_too_much_that_is_kept_aside_nothing_is_told() {
        let mut log = StepLog::new(0, 1_000_000, Rc::default());
        let mut aside = log.aside();
        aside.output(&vec![b'x'; ASIDE_BYTES + 1]);
        let told: Vec<u8> = log.take_in(aside).into_iter().flatten().flat_map(|frame| frame.data).collect();
        assert!(told.starts_with(b"what was written here is longer than 65536 bytes"));
    }

    #[test]
    fn the_tail_is_the_end() {
        let mut log = StepLog::new(0, 1, Rc::default());
        log.output(&[b'x'; 10_000]);
        log.output(b"end");
        assert_eq!(log.tail().len(), TAIL_BYTES);
        assert!(log.tail().ends_with("xend"));
    }
}
