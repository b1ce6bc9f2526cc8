//! What a process writes, cut into lines. Pure.

use memchr::memchr;

/// A line that has become so long (bytes) without an end is shown in pieces.
const LONGEST: usize = 16 * 1024;

/// The line that has not ended yet.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    open: Vec<u8>,
}

impl Lines {
    /// Takes what was written; `line` gets each line that is whole now, without its end.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (whole, rest) = bytes.split_at(end);
            match self.open.is_empty() {
                true => line(whole),
                false => {
                    self.open.extend_from_slice(whole);
                    line(&self.open);
                    self.open.clear();
                }
            }
            bytes = &rest[1..];
        }
        self.keep(bytes, line);
    }

    /// Keeps the begin of a line, within bounds.
    fn keep(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while self.open.len() + bytes.len() > LONGEST {
            let (piece, rest) = bytes.split_at(LONGEST.saturating_sub(self.open.len()).min(bytes.len()));
            self.open.extend_from_slice(piece);
            line(&self.open);
            self.open.clear();
            bytes = rest;
        }
        self.open.extend_from_slice(bytes);
    }

    /// The end has come: `line` gets what has no line end.
    pub(crate) fn end(&mut self, line: impl FnOnce(&[u8])) {
        let open = std::mem::take(&mut self.open);
        if !open.is_empty() {
            line(&open);
        }
    }

    /// What has no line end yet.
    pub(crate) fn open(&self) -> &[u8] {
        &self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_whatever_pieces_they_come_in() {
        let text = b"one\n\ntwo three\nfour";
        for size in 1..=text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for piece in text.chunks(size) {
                lines.push(piece, |line| found.push(String::from_utf8_lossy(line).into_owned()));
            }
            assert_eq!(lines.open(), b"four");
            lines.end(|line| found.push(String::from_utf8_lossy(line).into_owned()));
            lines.end(|_| panic!("it ended"));
            assert_eq!(found, ["one", "", "two three", "four"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_held_within_bounds() {
        let (mut lines, mut pieces) = (Lines::default(), Vec::new());
        for _ in 0..100 {
            lines.push(&[b'x'; 1_000], |line| pieces.push(line.len()));
        }
        assert_eq!(pieces, [LONGEST; 6]);
        lines.push(b"\n", |line| pieces.push(line.len()));
        assert_eq!(pieces.iter().sum::<usize>(), 100_000);
    }
}
