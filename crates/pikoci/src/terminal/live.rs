//! A build as it goes, on a terminal or in a file: heads of steps, what the processes wrote, and how it ended.
//! Pure: what happened in, bytes to write out.
//!
//! A step's log stands below its head, byte for byte. Where several steps write at a time, and on a terminal that
//! is [tamed](super::tame), it is cut into lines; those of steps side by side begin with the step's name.

use super::lines::Lines;
use super::names::Name;
use super::tame::Tame;
use super::time::duration;
use super::{clean, style};
use anstyle::Style;
use std::collections::HashMap;

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

/// How it is to look.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// Whether our own lines have styles.
    pub(crate) styles: bool,
    /// Whether logs come in whole lines, without what a terminal would obey.
    pub(crate) tame: bool,
}

/// Renders one build.
#[derive(Debug, Default)]
pub(crate) struct Live {
    look: Look,
    /// The last byte written was no line end.
    in_line: bool,
    /// The step whose head stands above.
    current: Option<u32>,
    steps: HashMap<u32, Step>,
    has_title: bool,
    said: Option<String>,
}

/// A step, and what it wrote without a line end.
#[derive(Debug, Default)]
struct Step {
    name: Name,
    has_head: bool,
    lines: Lines,
    tame: Tame,
}

impl Live {
    /// A rendering that looks like that.
    pub(crate) fn new(look: Look) -> Self {
        Self { look, ..Self::default() }
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
    pub(crate) fn name_step(&mut self, step: u32, name: Name) {
        self.step(step).name = name;
    }

    /// Whether a step has a name.
    pub(crate) fn knows(&self, step: u32) -> bool {
        self.steps.contains_key(&step)
    }

    /// What a step is called; of one that only holds others nothing.
    pub(crate) fn title_of(&self, step: u32) -> Option<String> {
        let name = &self.steps.get(&step)?.name;
        (!name.is_group()).then(|| name.title())
    }

    /// A step has begun.
    pub(crate) fn step_begins(&mut self, step: u32, out: &mut Vec<u8>) {
        if !self.step(step).name.is_group() {
            self.head(step, out);
        }
    }

    /// What a process of a step wrote.
    pub(crate) fn log(&mut self, step: u32, bytes: &[u8], out: &mut Vec<u8>) {
        let is_beside = self.step(step).name.is_beside;
        if !is_beside {
            self.head(step, out);
        }
        if is_beside || self.look.tame {
            let mut lines = std::mem::take(&mut self.step(step).lines);
            lines.push(bytes, |line| self.log_line(step, line, out));
            self.step(step).lines = lines;
        } else {
            out.extend_from_slice(bytes);
            self.in_line = bytes.last().map_or(self.in_line, |last| *last != b'\n');
        }
    }

    /// One line of a log that is shown in lines.
    fn log_line(&mut self, step: u32, line: &[u8], out: &mut Vec<u8>) {
        self.begin_line(out);
        let look = self.look;
        let step = self.step(step);
        if step.name.is_beside {
            let label = format!("{} | ", step.name.label);
            out.extend_from_slice(styled(look, style::DIM, &label).as_bytes());
        }
        match look.tame {
            true => step.tame.line(line, out),
            false => out.extend_from_slice(line),
        }
        out.push(b'\n');
    }

    /// What a step has written of a line that has not ended yet.
    pub(crate) fn open_line(&self, step: u32) -> &[u8] {
        self.steps.get(&step).map(|step| step.lines.open()).unwrap_or_default()
    }

    /// What PikoCI says within the log of a step.
    pub(crate) fn step_note(&mut self, step: u32, text: &str, out: &mut Vec<u8>) {
        let name = self.step(step).name.clone();
        if !name.is_beside {
            self.head(step, out);
        }
        self.end_log(step, out);
        for line in text.lines() {
            match name.is_beside {
                true => self.line(style::DIM, &format!("{} | {}", name.label, clean(line)), out),
                false => self.line(style::DIM, &clean(line), out),
            }
        }
    }

    /// A step has ended. One that succeeded has only its head: the next one, or the build's end, tells the rest.
    pub(crate) fn step_ends(&mut self, step: u32, end: End<'_>, out: &mut Vec<u8>) {
        self.end_log(step, out);
        let (name, has_head) = (self.step(step).name.clone(), self.step(step).has_head);
        if name.is_group() && end.message.is_none() {
            return; // those in it have told it
        }
        if end.status != "succeeded" || name.is_beside {
            let text = format!("== {}: {}", name.title(), ending(end));
            self.line(style::of_status(end.status), &text, out);
            self.current = None;
        } else if !has_head {
            self.head(step, out);
        }
    }

    /// The build runs once more from its beginning, for that reason: nothing more comes of what has begun.
    pub(crate) fn begins_anew(&mut self, why: &str, out: &mut Vec<u8>) {
        self.end_logs(out);
        self.remark(why, out);
        self.current = None;
        self.steps.values_mut().for_each(|step| step.has_head = false);
    }

    /// The build has ended.
    pub(crate) fn build_ends(&mut self, build: &str, end: End<'_>, out: &mut Vec<u8>) {
        self.end_logs(out);
        self.line(style::of_status(end.status).bold(), &format!("{build} {}", ending(end)), out);
    }

    /// A line of our own about the build.
    pub(crate) fn say(&mut self, style: Style, text: &str, out: &mut Vec<u8>) {
        self.line(style, text, out);
    }

    /// Nothing more comes of any step; what follows begins on a line of its own.
    pub(crate) fn end_logs(&mut self, out: &mut Vec<u8>) {
        let steps: Vec<u32> = self.steps.keys().copied().collect();
        steps.into_iter().for_each(|step| self.end_log(step, out));
        self.begin_line(out);
    }

    /// What a step wrote without a line end is all that comes.
    fn end_log(&mut self, step: u32, out: &mut Vec<u8>) {
        let mut lines = std::mem::take(&mut self.step(step).lines);
        lines.end(|line| self.log_line(step, line, out));
    }

    /// Writes the head of a step, unless it stands above already.
    fn head(&mut self, step: u32, out: &mut Vec<u8>) {
        if self.current == Some(step) {
            return;
        }
        let shown = self.step(step);
        shown.has_head = true;
        let (text, is_beside) = (format!("== {}", shown.name.title()), shown.name.is_beside);
        self.line(style::HEAD, &text, out);
        // Lines of steps side by side say whose they are: what follows is not below this head.
        self.current = (!is_beside).then_some(step);
    }

    /// A step; of one whose name did not come yet its number.
    fn step(&mut self, step: u32) -> &mut Step {
        let unknown = || Step { name: Name::new("step", &step.to_string()), ..Step::default() };
        self.steps.entry(step).or_insert_with(unknown)
    }

    /// A line of our own, which always begins at the begin of a line.
    fn line(&mut self, style: Style, text: &str, out: &mut Vec<u8>) {
        self.begin_line(out);
        out.extend_from_slice(styled(self.look, style, text).as_bytes());
        out.push(b'\n');
    }

    fn begin_line(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.in_line, false) {
            out.push(b'\n');
        }
    }
}

fn styled(look: Look, style: Style, text: &str) -> String {
    if look.styles { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// `failed in 3.4 s: exit code 2`
fn ending(end: End<'_>) -> String {
    let time = end.duration_ms.map(|ms| format!(" in {}", duration(ms))).unwrap_or_default();
    let why = end.message.map(|message| format!(": {}", clean(message))).unwrap_or_default();
    format!("{}{time}{why}", end.status)
}

#[cfg(test)]
mod tests;
