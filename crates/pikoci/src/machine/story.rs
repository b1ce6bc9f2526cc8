//! A run for people: what happens as text, the lines that show what goes on now, the summary. Pure: what happened
//! and when in, text out.

use super::shown::{End, JobEnd, Shown, status};
use crate::terminal::live::{self, Live, Look};
use crate::terminal::names::{self, names};
use crate::terminal::region::{Size, clip};
use crate::terminal::steps::{State, Step, Steps};
use crate::terminal::summary::{last_lines, table_of};
use crate::terminal::tame::Tame;
use crate::terminal::time::duration;
use crate::terminal::{clean, style, table};
use crate::version_text::one_line;
use pikoci_plan::event::{Encoding, Event, Frame, Stream};
use pikoci_plan::outline::Line;
use pikoci_plan::status::Status;

/// The most steps that are shown as running.
const MOST_RUNNING: usize = 10;

/// One run of one or several jobs.
#[derive(Debug)]
pub(crate) struct Story {
    look: Look,
    /// How wide a line may be; `None` is no terminal.
    width: Option<usize>,
    title: String,
    began_ms: u64,
    live: Live,
    steps: Steps,
    is_cancelling: bool,
    is_running: bool,
}

impl Story {
    /// A run that nothing has happened in.
    pub(crate) fn new(look: Look) -> Self {
        Self {
            look,
            width: None,
            title: String::new(),
            began_ms: 0,
            live: Live::new(look),
            steps: Steps::default(),
            is_cancelling: false,
            is_running: false,
        }
    }

    /// How wide the terminal is.
    pub(crate) fn resize(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Tells what has happened.
    pub(crate) fn tell(&mut self, shown: &Shown, now_ms: u64, out: &mut Vec<u8>) {
        match shown {
            Shown::Job { title, is_one_of_many } => {
                *self =
                    Self { width: self.width, is_running: true, began_ms: now_ms, ..Self::new(self.look) };
                self.title = clean(title).into_owned();
                if *is_one_of_many {
                    out.push(b'\n');
                    self.live.title(title, out);
                }
            }
            Shown::Attempt(lines) => self.attempt(lines),
            Shown::Event(event) => self.event(event, out),
            Shown::Cancelling(_) => self.is_cancelling = true,
            Shown::End(end) => self.end(end, now_ms, out),
            Shown::All(jobs) => self.paragraph(&jobs_table(jobs), out),
            Shown::Shell(shell) => {
                let step = self.steps.number(shell.step);
                let name = self.steps.get(step).map(|step| step.name.title()).unwrap_or_default();
                let text = format!(
                    "a shell where {name} failed, in {}; the build goes on when it ends",
                    clean(&shell.directory.display().to_string())
                );
                self.live.say(style::HEAD, &text, out);
            }
            Shown::Note(_) => {} // on standard error
        }
    }

    fn attempt(&mut self, lines: &[Line]) {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| names::Line { kind: line.kind, name: &line.name, depth: line.depth })
            .collect();
        self.steps.begin(names(&lines));
        for (number, step) in (0..).zip(self.steps.all()) {
            self.live.name_step(number, step.name.clone());
        }
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::StepStarted { step, at_ms } => {
                let step = self.steps.number(*step);
                self.steps.began(step, *at_ms);
                self.live.step_begins(step, out);
            }
            Event::Log(frame) => self.log(frame, out),
            Event::StepEnded { step, status: state, at_ms, message, warning } => {
                let step = self.steps.number(*step);
                let word = status(state.as_str(), *warning);
                self.steps.ended(step, word, message.clone(), *at_ms);
                if *state != Status::Skipped {
                    // A step that was not reached says nothing new: why stands at the one that ended the build.
                    self.step_ended(step, out);
                }
            }
            Event::Output { step, resource, versions } => {
                let step = self.steps.number(*step);
                for version in versions {
                    let text = format!("made {resource} {}", table::cell(&one_line(version)));
                    self.live.step_note(step, &text, out);
                }
            }
            Event::Versions { versions, .. } => {
                if let Some(newest) = versions.last() {
                    self.live.step_note(self.steps.number(0), &table::cell(&one_line(newest)), out);
                }
            }
            Event::Result { .. } => {}
        }
    }

    fn log(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let step = self.steps.number(frame.step);
        match (frame.stream, frame.encoding) {
            (_, Encoding::Zstd) => {} // only a worker compresses
            (Stream::Output, _) => {
                self.steps.wrote(step, &frame.data);
                self.live.log(step, &frame.data, out);
            }
            (Stream::Note, _) => {
                let text = String::from_utf8_lossy(&frame.data);
                self.live.step_note(step, text.trim_matches('\n'), out);
            }
        }
    }

    fn step_ended(&mut self, step: u32, out: &mut Vec<u8>) {
        let Some(State::Ended(ended)) = self.steps.get(step).map(|step| &step.state) else { return };
        let end =
            live::End { status: ended.status, message: ended.message.as_deref(), duration_ms: ended.took_ms };
        self.live.step_ends(step, end, out);
    }

    /// The summary: steps, the last lines of what failed, and how it ended on the last line.
    fn end(&mut self, end: &End, now_ms: u64, out: &mut Vec<u8>) {
        self.is_running = false;
        self.live.end_logs(out);
        self.paragraph(&table_of(&self.steps, self.width.unwrap_or(usize::MAX)), out);
        let is_far = || self.steps.first_failed().is_some_and(|(step, _)| !self.steps.wrote_last(step));
        if self.look.tame || is_far() {
            let lines = last_lines(&self.steps, self.width.unwrap_or(usize::MAX));
            lines.iter().for_each(|line| self.live.say(style::DIM, line, out));
        }
        if let Some(path) = &end.kept {
            let text = format!("the work directory was kept: {}", clean(&path.display().to_string()));
            self.live.say(style::HEAD, &text, out);
        }
        let took = live::End {
            status: end.status(),
            message: end.message.as_deref(),
            duration_ms: Some(now_ms.saturating_sub(self.began_ms)),
        };
        self.live.build_ends(&self.title, took, out);
    }

    /// Text of ours with a blank line above it, no wider than the terminal.
    fn paragraph(&mut self, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        out.push(b'\n');
        for line in text.lines() {
            let (line, _) = clip(line, self.width.unwrap_or(usize::MAX));
            let line = if self.look.styles { line } else { anstream::adapter::strip_str(&line).to_string() };
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }

    /// What goes on now: the steps that run, and how far the job is. Empty while nothing does.
    pub(crate) fn now(&self, now_ms: u64, size: Size, spinner: &[char]) -> Vec<String> {
        if !self.is_running {
            return Vec::new();
        }
        let turn = usize::try_from(now_ms / 100).unwrap_or(0);
        let spin = spinner.get(turn % spinner.len().max(1)).copied().unwrap_or('*');
        let is_running = |(number, step)| Some((number, step, running_since(step)?));
        let running: Vec<_> = (0..).zip(self.steps.all()).filter_map(is_running).collect();
        let most = MOST_RUNNING.min(size.height / 2).max(1);
        let row = |(number, step, since): &(u32, &Step, u64)| {
            let took = seconds(now_ms.saturating_sub(*since));
            format!("{spin} {}  {took}  {}", step.name.title(), self.open_line(*number)).trim_end().to_owned()
        };
        let mut lines: Vec<_> = running.iter().take(most).map(row).collect();
        if running.len() > most {
            lines.push(format!("  and {} more", running.len() - most));
        }
        lines.push(self.progress(now_ms));
        lines
    }

    /// What a step writes without ending the line: a progress bar, a question.
    fn open_line(&self, step: u32) -> String {
        let mut line = Vec::new();
        Tame::default().line(self.live.open_line(step), &mut line);
        String::from_utf8_lossy(&line).into_owned()
    }

    fn progress(&self, now_ms: u64) -> String {
        let counted = |step: &&Step| !matches!(step.name.kind.as_str(), "hook" | "service");
        let all = self.steps.of_build().filter(counted).count();
        let has_ended = |step: &&Step| matches!(step.state, State::Ended(_));
        let done = self.steps.of_build().filter(counted).filter(has_ended).count();
        let took = seconds(now_ms.saturating_sub(self.began_ms));
        let state = match (self.is_cancelling, all) {
            (true, _) => "cancelling".to_owned(),
            (false, 0) => String::new(),
            (false, _) => format!("{done} of {all} steps"),
        };
        format!("{}  {took}  {state}", self.title).trim_end().to_owned()
    }
}

/// Since when a step runs that writes something itself.
fn running_since(step: &Step) -> Option<u64> {
    match step.state {
        State::Running(since) if !step.name.is_group() => Some(since),
        _ => None,
    }
}

fn jobs_table(jobs: &[JobEnd]) -> String {
    let row = |job: &JobEnd| {
        let (state, took) = match &job.ended {
            Some((end, took_ms)) => (style::status(end.status()), duration(*took_ms)),
            None => ("not run".to_owned(), String::new()),
        };
        let message = job.ended.as_ref().and_then(|(end, _)| end.message.as_deref());
        let why = job.why.as_deref().or(message).unwrap_or_default();
        [clean(&job.job).into_owned(), state, took, clean(why).into_owned()]
    };
    table::table(["JOB", "STATE", "TIME", "NOTE"], &jobs.iter().map(row).collect::<Vec<_>>())
}

/// A time that changes as one looks: in seconds.
fn seconds(ms: u64) -> String {
    match ms {
        0..60_000 => format!("{} s", ms / 1_000),
        _ => duration(ms),
    }
}

#[cfg(test)]
mod tests;
