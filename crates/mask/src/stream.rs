//! A text that comes in pieces, and leaves masked.

use crate::automaton::Automaton;
use crate::masker::Masker;
use aho_corasick::automaton::StateID;
use std::borrow::Cow;
use std::ops::Range;

/// What stands where a secret stood, however long it was.
const MASK: &[u8] = b"***";

/// One log: what it read last and may not show yet.
///
/// What leaves does not depend on where the pieces are cut. Where forms overlap or touch, one `***` stands for all
/// of them. Memory: the longest form, and what was pushed last.
#[derive(Debug, Default)]
pub struct Stream {
    /// What may be the beginning of a form.
    held: Vec<u8>,
    /// What of it is masked already: in order, with a gap between each two.
    masked: Vec<Range<usize>>,
    /// Whether the last byte that left was masked.
    in_mask: bool,
    /// After `held`; of which automaton.
    state: Option<(u64, StateID)>,
}

impl Stream {
    /// One that nothing was pushed into.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece, and appends to `out` what may be shown by now: all but an end that may be the
    /// beginning of a secret. A secret that was added since the last piece counts for what was kept back and for
    /// what comes.
    pub fn push(&mut self, masker: &Masker, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(automaton) = masker.automaton() else { return self.show(bytes, out) };
        if self.held.is_empty() {
            self.read(automaton, bytes, 0, out);
            return;
        }
        let mut text = std::mem::take(&mut self.held);
        let new = text.len();
        text.extend_from_slice(bytes);
        self.read(automaton, &text, new, out);
    }

    /// The stream is at its end: appends what was kept back. The next piece begins a new one.
    pub fn finish(&mut self, masker: &Masker, out: &mut Vec<u8>) {
        // What was kept back may hold a secret that was added since.
        self.push(masker, &[], out);
        let held = std::mem::take(&mut self.held);
        self.show(&held, out);
        *self = Self::default();
    }

    /// Whether something is kept back.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Reads `text`, of which the first `new` bytes were read before; by this automaton, if the state is its own.
    fn read(&mut self, automaton: &Automaton, text: &[u8], new: usize, out: &mut Vec<u8>) {
        let state = match self.state {
            Some((id, state)) if id == automaton.id() => state,
            _ => self.read_again(automaton, &text[..new]),
        };
        let masked = &mut self.masked;
        let state = automaton.read(text, new, state, |end, length| add_range(masked, end - length..end));
        self.state = Some((automaton.id(), state));
        let (shown, held) = text.split_at(text.len() - automaton.open(state));
        self.show(shown, out);
        self.held.extend_from_slice(held);
    }

    /// Reads what was kept back, by an automaton that knows more. What was masked stays masked.
    fn read_again(&mut self, automaton: &Automaton, held: &[u8]) -> StateID {
        let mut ranges = std::mem::take(&mut self.masked);
        let state = automaton.read(held, 0, automaton.start(), |end, length| ranges.push(end - length..end));
        ranges.sort_unstable_by_key(|range| range.end);
        for range in ranges {
            add_range(&mut self.masked, range);
        }
        state
    }

    /// Appends `text` to `out`, but for what is masked of it. What is masked behind it counts from its end then.
    fn show(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        for range in &self.masked {
            if range.start >= text.len() {
                break;
            }
            if range.start > at {
                out.extend_from_slice(&text[at..range.start]);
                self.in_mask = false;
            }
            if !self.in_mask {
                out.extend_from_slice(MASK);
                self.in_mask = true;
            }
            at = range.end.min(text.len());
        }
        if at < text.len() {
            out.extend_from_slice(&text[at..]);
            self.in_mask = false;
        }
        self.masked.retain_mut(|range| {
            *range = range.start.saturating_sub(text.len())..range.end.saturating_sub(text.len());
            range.start < range.end
        });
    }
}

/// Adds a range which ends behind all others, and makes one of those it touches.
fn add_range(ranges: &mut Vec<Range<usize>>, mut range: Range<usize>) {
    while let Some(last) = ranges.pop_if(|last| last.end >= range.start) {
        range.start = range.start.min(last.start);
        range.end = range.end.max(last.end);
    }
    ranges.push(range);
}

/// A text of which nothing follows: a message, an error.
pub fn mask_text<'a>(masker: &Masker, text: &'a str) -> Cow<'a, str> {
    if masker.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::new();
    let mut stream = Stream::new();
    stream.push(masker, text.as_bytes(), &mut out);
    stream.finish(masker, &mut out);
    match out == text.as_bytes() {
        true => Cow::Borrowed(text),
        // Forms are whole characters, so what is left between them is too.
        false => Cow::Owned(String::from_utf8_lossy(&out).into_owned()),
    }
}
