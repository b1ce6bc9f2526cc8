//! The last lines of a terminal, which are written anew while what has been said scrolls above them. Pure: what
//! to say in, bytes to write out.

use unicode_width::UnicodeWidthChar;

/// How many milliseconds lie between two drawings, at least.
const PAUSE_MS: u64 = 100;
/// So many bytes that wait are written even if it is too early to draw.
const FULL: usize = 64 * 1024;

/// A terminal's size in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Its columns.
    pub(crate) width: usize,
    /// Its rows.
    pub(crate) height: usize,
}

/// The region, and what waits to be said above it.
#[derive(Debug, Default)]
pub(crate) struct Region {
    waiting: Vec<u8>,
    /// How wide the lines are that stand there.
    drawn: Vec<usize>,
    due_ms: u64,
}

impl Region {
    /// What is to be said above: whole lines.
    pub(crate) fn above(&mut self) -> &mut Vec<u8> {
        &mut self.waiting
    }

    /// After how many milliseconds it may be drawn.
    pub(crate) fn due_in(&self, now_ms: u64) -> u64 {
        self.due_ms.saturating_sub(now_ms)
    }

    /// Writes what waits, and the region anew, unless it is too early.
    pub(crate) fn paint(
        &mut self,
        now_ms: u64,
        size: Size,
        lines: impl FnOnce() -> Vec<String>,
        out: &mut Vec<u8>,
    ) {
        if now_ms < self.due_ms {
            if self.waiting.len() >= FULL {
                self.clear(size, out);
            }
            return;
        }
        self.due_ms = now_ms + PAUSE_MS;
        self.clear(size, out);
        for line in lines() {
            // Not to the last column: some terminals have wrapped by then.
            let (line, width) = clip(&line, size.width.saturating_sub(1));
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
            self.drawn.push(width);
        }
    }

    /// Takes the region away, and writes what waits.
    pub(crate) fn clear(&mut self, size: Size, out: &mut Vec<u8>) {
        // What stands there has more rows in a terminal that has become narrower.
        let rows: usize = self.drawn.drain(..).map(|width| width.div_ceil(size.width.max(1)).max(1)).sum();
        if rows > 0 {
            out.extend_from_slice(format!("\r\x1b[{rows}A\x1b[J").as_bytes());
        }
        out.append(&mut self.waiting);
    }
}

/// As much of a line as there is room for, and how wide that is. Styles take no room.
pub(crate) fn clip(line: &str, room: usize) -> (String, usize) {
    let (mut out, mut width) = (String::with_capacity(line.len()), 0);
    let (mut in_style, mut is_full) = (false, false);
    for char in line.chars() {
        let is_style = in_style || char == '\x1b';
        in_style = is_style && !char.is_ascii_alphabetic();
        let wide = if is_style { 0 } else { char.width().unwrap_or(0) };
        is_full = is_full || width + wide > room;
        if is_style || !is_full {
            out.push(char);
            width += wide;
        }
    }
    (out, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 10, height: 24 };

    fn paint(region: &mut Region, now_ms: u64, size: Size, lines: &[&str]) -> String {
        let mut out = Vec::new();
        let lines = || lines.iter().map(|line| (*line).to_owned()).collect();
        region.paint(now_ms, size, lines, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_said_scrolls_above_what_is_drawn() {
        let mut region = Region::default();
        region.above().extend_from_slice(b"log\n");
        assert_eq!(paint(&mut region, 1_000, SIZE, &["a 1 s", "b"]), "log\na 1 s\nb\n");
        region.above().extend_from_slice(b"more\n");
        assert_eq!(paint(&mut region, 1_050, SIZE, &["a 2 s"]), "", "too early");
        assert_eq!(region.due_in(1_050), 50);
        assert_eq!(paint(&mut region, 1_100, SIZE, &["a 2 s"]), "\r\x1b[2A\x1b[Jmore\na 2 s\n");
        let mut out = Vec::new();
        region.clear(SIZE, &mut out);
        region.clear(SIZE, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "\r\x1b[1A\x1b[J");
    }

    #[test]
    fn a_flood_is_written_at_once_and_drawn_seldom() {
        let (mut region, mut drawn, mut written) = (Region::default(), 0, 0);
        for now_ms in 0..300 {
            region.above().extend_from_slice(&[b'\n'; 40_000]);
            let out = paint(&mut region, now_ms, SIZE, &["here"]);
            drawn += out.matches("here").count();
            written += out.len();
            assert!(region.above().len() < FULL);
        }
        assert_eq!(drawn, 3);
        assert!(written > 11_900_000, "{written}");
    }

    #[test]
    fn a_terminal_that_has_become_narrower_has_more_rows_of_it() {
        let mut region = Region::default();
        paint(&mut region, 0, SIZE, &["123456789", "1"]);
        let narrow = Size { width: 4, ..SIZE };
        assert_eq!(paint(&mut region, 100, narrow, &["123456789"]), "\r\x1b[4A\x1b[J123\n");
        assert_eq!(paint(&mut region, 200, Size { width: 0, ..SIZE }, &["x"]), "\r\x1b[3A\x1b[J\n");
    }

    #[test]
    fn lines_are_clipped_by_what_is_seen() {
        for (line, room, expected) in [
            ("short", 9, ("short", 5)),
            ("123456", 3, ("123", 3)),
            ("\x1b[31mred\x1b[0m", 2, ("\x1b[31mre\x1b[0m", 2)),
            ("日本語", 5, ("日本", 4)),
            ("e\u{301}x", 1, ("e\u{301}", 1)),
            ("x", 0, ("", 0)),
        ] {
            let (text, width) = clip(line, room);
            assert_eq!((text.as_str(), width), expected, "{line:?}");
        }
    }
}
