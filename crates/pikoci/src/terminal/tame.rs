//! Lines of processes on a terminal that is ours: colours stay, what would move the cursor, clear the screen or
//! speak to the terminal does not. Pure.

/// Ends all colours.
const RESET: &[u8] = b"\x1b[0m";
/// Stands for a character that a terminal would obey.
const INSTEAD: &[u8] = "\u{fffd}".as_bytes();
/// The most bytes of colours that are carried to the next line.
const CARRIED: usize = 64;

/// The lines of one process, whose colours go on from line to line.
#[derive(Debug, Default)]
pub(crate) struct Tame {
    colour: Vec<u8>,
}

impl Tame {
    /// Writes a line, given without its end. Of one that was written over (a progress bar) the last state is shown.
    pub(crate) fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.colour);
        let mut rest = last_state(line);
        while let Some(at) = rest.iter().position(|byte| is_suspect(*byte)) {
            out.extend_from_slice(&rest[..at]);
            rest = self.control(&rest[at..], out);
        }
        out.extend_from_slice(rest);
        if !self.colour.is_empty() {
            out.extend_from_slice(RESET);
        }
    }

    /// Takes one control character or sequence from the begin of the bytes; what follows it.
    fn control<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        match bytes {
            [0x1b, b'[', rest @ ..] => self.csi(rest, out),
            [0x1b, b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => after_string(rest),
            [0x1b, rest @ ..] => {
                let intermediates = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
                rest.get(intermediates + 1..).unwrap_or_default()
            }
            [0xc2, 0x80..=0x9f, rest @ ..] => {
                out.extend_from_slice(INSTEAD);
                rest
            }
            [0xc2, rest @ ..] => {
                out.push(0xc2);
                rest
            }
            [_, rest @ ..] => {
                out.extend_from_slice(INSTEAD);
                rest
            }
            [] => bytes,
        }
    }

    /// A control sequence (ECMA-48, 5.4) after its introducer: those that set colours are written.
    fn csi<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let length = bytes.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
        let (parameters, rest) = bytes.split_at(length);
        let is_plain = parameters.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
        if is_plain && rest.first() == Some(&b'm') {
            self.set_colour(parameters);
            out.extend_from_slice(&[b"\x1b[", parameters, b"m"].concat());
        }
        rest.get(1..).unwrap_or_default()
    }

    fn set_colour(&mut self, parameters: &[u8]) {
        let resets = matches!(parameters, b"" | b"0") || parameters.starts_with(b"0;");
        if resets || self.colour.len() + parameters.len() > CARRIED {
            self.colour.clear();
        }
        if !matches!(parameters, b"" | b"0") && parameters.len() <= CARRIED {
            self.colour.extend_from_slice(&[b"\x1b[", parameters, b"m"].concat());
        }
    }
}

/// The bytes with which something begins that a terminal may obey. 0xC2 begins, in UTF-8, U+0080 to U+009F.
fn is_suspect(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f || byte == 0xc2
}

/// What follows the last return to the line's begin, but for those at its end.
fn last_state(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    let line = &line[..end];
    line.iter().rposition(|byte| *byte == b'\r').map_or(line, |at| &line[at + 1..])
}

/// What follows a control string: after BEL or ESC \, else nothing.
fn after_string(bytes: &[u8]) -> &[u8] {
    let bell = bytes.iter().position(|byte| *byte == 0x07).map(|at| at + 1);
    let terminator = bytes.windows(2).position(|two| two == b"\x1b\\").map(|at| at + 2);
    let end = [bell, terminator].into_iter().flatten().min().unwrap_or(bytes.len());
    &bytes[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Vec<String> {
        let mut tame = Tame::default();
        let one = |line: &&str| {
            let mut out = Vec::new();
            tame.line(line.as_bytes(), &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        lines.iter().map(one).collect()
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out() {
        for (line, expected) in [
            ("plain é ° text\twith a tab", "plain é ° text\twith a tab"),
            ("\x1b[2J\x1b[Hgone", "gone"),
            ("a\x1b[1A\x1b[Kb", "ab"),
            ("\x1b]0;title\x07x\x1b]8;;u\x1b\\link", "xlink"),
            ("\x1b]52;c;never ended", ""),
            ("\x1b(Bx\x1b7y\x1b", "xy"),
            ("bell\x07 back\x08", "bell\u{fffd} back\u{fffd}"),
            ("c1 \u{9b}2J", "c1 \u{fffd}2J"),
            ("10%\r50%\r100%\r\r", "100%"),
            ("\x1b[>4m\x1b[?1049h.", "."),
            ("\x1b[", ""),
        ] {
            assert_eq!(told(&[line]), [expected], "{line:?}");
        }
    }

    #[test]
    fn colours_go_on_and_do_not_leak() {
        let lines = ["\x1b[31mred", "still \x1b[1mbold", "\x1b[0mplain", "more"];
        let expected =
            ["\x1b[31mred\x1b[0m", "\x1b[31mstill \x1b[1mbold\x1b[0m", "\x1b[31m\x1b[1m\x1b[0mplain", "more"];
        assert_eq!(told(&lines), expected);
        let many: Vec<String> = (0..100).map(|n| format!("\x1b[38;5;{n}m")).collect();
        let carried = told(&[&many.concat(), ""]);
        assert!(carried[1].len() < 100, "{:?}", carried[1]);
    }
}
