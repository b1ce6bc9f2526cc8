//! A build as it goes, on a terminal or in a file: heads of steps, what the processes wrote, byte for byte,
//! and how it ended. Pure: what happened in, bytes to write out.

use super::time::duration;
use super::{clean, style};
use anstyle::Style;
use std::collections::{HashMap, HashSet};

/// How something ended, for its last line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    /// The state's word.
    pub(crate) status: &'a str,
    /// Why, where there is something to say.
    pub(crate) message: Option<&'a str>,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: Option<u64>,
}

/// Renders one build.
#[derive(Debug, Default)]
pub(crate) struct Live {
    styles: bool,
    /// The last byte written was no line end.
    in_line: bool,
    /// The step whose head stands above.
    current: Option<u32>,
    heads: HashMap<u32, String>,
    shown: HashSet<u32>,
    has_title: bool,
    said: Option<String>,
}

impl Live {
    /// A rendering with or without styles.
    pub(crate) fn new(styles: bool) -> Self {
        Self { styles, ..Self::default() }
    }

    /// What the build is, once.
    pub(crate) fn title(&mut self, text: &str, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_title, true) {
            self.line(style::HEAD, &clean(text), out);
        }
    }

    /// A remark about the build, once as long as it stays the same.
    pub(crate) fn remark(&mut self, text: &str, out: &mut Vec<u8>) {
        if self.said.as_deref() != Some(text) {
            self.said = Some(text.to_owned());
            self.line(style::DIM, &clean(text), out);
        }
    }

    /// How a step is called.
    pub(crate) fn name_step(&mut self, step: u32, kind: &str, name: &str) {
        self.heads.insert(step, format!("== {} {}", clean(kind), clean(name)));
    }

    /// A step has begun.
    pub(crate) fn step_begins(&mut self, step: u32, kind: &str, name: &str, out: &mut Vec<u8>) {
        self.name_step(step, kind, name);
        self.head(step, out);
    }

    /// What a process of a step wrote.
    pub(crate) fn log(&mut self, step: u32, bytes: &[u8], out: &mut Vec<u8>) {
        self.head(step, out);
        out.extend_from_slice(bytes);
        self.in_line = bytes.last().map_or(self.in_line, |last| *last != b'\n');
    }

    /// What PikoCI says within the log of a step.
    pub(crate) fn step_note(&mut self, step: u32, text: &str, out: &mut Vec<u8>) {
        self.head(step, out);
        for line in text.lines() {
            self.line(style::DIM, &clean(line), out);
        }
    }

    /// A step has ended. One that succeeded has only its head: the next one, or the build's end, tells it.
    pub(crate) fn step_ends(&mut self, step: u32, end: End<'_>, out: &mut Vec<u8>) {
        if !self.shown.contains(&step) {
            self.head(step, out);
        }
        if end.status != "succeeded" {
            let text = format!("{}: {}", self.head_of(step), ending(end));
            self.line(style::of_status(end.status), &text, out);
            self.current = None;
        }
    }

    /// The build has ended.
    pub(crate) fn build_ends(&mut self, build: &str, end: End<'_>, out: &mut Vec<u8>) {
        self.line(style::of_status(end.status).bold(), &format!("{build} {}", ending(end)), out);
    }

    /// Writes the head of a step, unless it stands above already.
    fn head(&mut self, step: u32, out: &mut Vec<u8>) {
        if self.current == Some(step) {
            return;
        }
        self.current = Some(step);
        self.shown.insert(step);
        self.line(style::HEAD, &self.head_of(step), out);
    }

    /// The head of a step; of one whose name did not come yet its index.
    fn head_of(&self, step: u32) -> String {
        self.heads.get(&step).cloned().unwrap_or_else(|| format!("== step {step}"))
    }

    /// A line of our own, which always begins at the begin of a line.
    fn line(&mut self, style: Style, text: &str, out: &mut Vec<u8>) {
        if self.in_line {
            out.push(b'\n');
        }
        self.in_line = false;
        let line = if self.styles { format!("{style}{text}{style:#}\n") } else { format!("{text}\n") };
        out.extend_from_slice(line.as_bytes());
    }
}

/// `failed in 3.4 s: exit code 2`
fn ending(end: End<'_>) -> String {
    let time = end.duration_ms.map(|ms| format!(" in {}", duration(ms))).unwrap_or_default();
    let why = end.message.map(|message| format!(": {}", clean(message))).unwrap_or_default();
    format!("{}{time}{why}", end.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end<'a>(status: &'a str, message: Option<&'a str>, ms: u64) -> End<'a> {
        End { status, message, duration_ms: Some(ms) }
    }

    #[test]
    fn heads_stand_on_lines_of_their_own_and_bytes_come_as_they_are() {
        let (mut live, mut out) = (Live::new(false), Vec::new());
        live.remark("pending: waits for a slot", &mut out);
        live.remark("pending: waits for a slot", &mut out);
        live.step_begins(0, "get", "app", &mut out);
        live.log(0, b"50%\r100%", &mut out);
        live.step_ends(0, end("succeeded", None, 20), &mut out);
        live.step_begins(1, "task", "unit", &mut out);
        live.log(1, b"\xff\x1b[31mred", &mut out);
        live.log(1, b" end\n", &mut out);
        live.step_note(1, "1024 bytes were cut", &mut out);
        live.step_ends(1, end("failed", Some("exit code 2"), 1_200), &mut out);
        live.build_ends("shop/test#7", end("failed", None, 3_449), &mut out);
        let expected =
            b"pending: waits for a slot\n== get app\n50%\r100%\n== task unit\n\xff\x1b[31mred end\n\
            1024 bytes were cut\n== task unit: failed in 1.2 s: exit code 2\nshop/test#7 failed in 3.4 s\n";
        assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(expected));
        assert_eq!(out, expected);
    }

    #[test]
    fn steps_side_by_side_keep_their_heads() {
        let (mut live, mut out) = (Live::new(false), Vec::new());
        live.step_begins(1, "task", "a", &mut out);
        live.step_begins(2, "task", "b", &mut out);
        live.log(1, b"1", &mut out);
        live.log(2, b"2\n", &mut out);
        live.log(3, b"3\n", &mut out);
        let expected = "== task a\n== task b\n== task a\n1\n== task b\n2\n== step 3\n3\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn steps_that_ended_before_one_looked_have_their_heads() {
        let (mut live, mut out) = (Live::new(false), Vec::new());
        for (step, name) in ["a", "b", "c"].into_iter().enumerate() {
            live.name_step(step as u32, "task", name);
        }
        live.step_ends(0, end("succeeded", None, 1), &mut out);
        live.log(1, b"1\n", &mut out);
        live.step_ends(1, end("succeeded", None, 1), &mut out);
        live.step_ends(2, end("errored", None, 1), &mut out);
        let expected = "== task a\n== task b\n1\n== task c\n== task c: errored in 1 ms\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn names_of_others_cannot_speak_to_the_terminal() {
        let (mut live, mut out) = (Live::new(false), Vec::new());
        live.step_begins(0, "task", "a\x1b[2Jb", &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "== task a\u{fffd}[2Jb\n");
    }
}
