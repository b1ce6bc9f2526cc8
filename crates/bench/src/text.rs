//! A log as a build might write it: lines of 80 bytes with a counter and words, none like another.

/// The length of a line, its newline included.
const LINE: usize = 80;

/// How many digits its counter has.
const COUNTER: usize = 9;

/// What the words are taken from.
const WORDS: [&str; 32] = [
    "test",
    "ok",
    "compiling",
    "running",
    "crate",
    "module",
    "cache",
    "hit",
    "miss",
    "fetch",
    "commit",
    "branch",
    "linking",
    "target",
    "debug",
    "release",
    "warning",
    "unused",
    "variable",
    "passed",
    "in",
    "0.03s",
    "request",
    "server",
    "listening",
    "worker",
    "queue",
    "retry",
    "attempt",
    "finished",
    "src/lib.rs",
    "http",
];

/// After how many lines the words begin again: 5 MB, which no compressor looks back so far at our levels. They are
/// made beforehand, so that writing them costs next to nothing.
const POOL: usize = 1 << 16;

/// An iterator of lines.
#[derive(Debug)]
pub struct Lines {
    left: u64,
    number: usize,
    pool: Vec<[u8; LINE]>,
}

impl Lines {
    /// As many whole lines as fit into so many bytes.
    pub fn of(bytes: u64) -> Self {
        let mut words = Words(1);
        Self { left: bytes / LINE as u64, number: 0, pool: (0..POOL).map(|_| words.line()).collect() }
    }
}

impl Iterator for Lines {
    type Item = [u8; LINE];

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut line = self.pool[self.number % POOL];
        self.number += 1;
        let mut rest = self.number;
        for digit in line[..COUNTER].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Some(line)
    }
}

/// Words without end, always the same: the state of a linear congruential generator.
struct Words(u64);

impl Words {
    fn word(&mut self) -> &'static [u8] {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        WORDS[(self.0 >> 59) as usize % WORDS.len()].as_bytes()
    }

    /// A line with room for the counter.
    fn line(&mut self) -> [u8; LINE] {
        let mut line = [b' '; LINE];
        let mut at = COUNTER + 1;
        while at < LINE - 1 {
            let word = self.word();
            let length = word.len().min(LINE - 1 - at);
            line[at..at + length].copy_from_slice(&word[..length]);
            at += length + 1;
        }
        line[LINE - 1] = b'\n';
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_all_differ() {
        let lines: Vec<_> = Lines::of(100 * 80 + 7).collect();
        assert_eq!(lines.len(), 100);
        assert!(lines.iter().all(|line| line.iter().filter(|byte| **byte == b'\n').count() == 1));
        assert!(lines[99].starts_with(b"000000100 "));
        let distinct: std::collections::HashSet<_> = lines.iter().collect();
        assert_eq!(distinct.len(), 100);
    }
}
