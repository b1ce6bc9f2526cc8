//! A run for machines: what happens as lines of JSON. Pure: what happened in, lines out. `docs/running-locally.md`
//! tells their form.

use super::shown::{End, JobEnd, Shown, status};
use pikoci_plan::event::{Encoding, Event, Frame, Stream};
use pikoci_plan::outline::Line;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Writes lines of JSON.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    job: String,
    steps: Vec<Line>,
    /// The begin of a character whose other bytes have not come yet, by step.
    split: HashMap<u32, Vec<u8>>,
}

impl Lines {
    /// Tells what has happened.
    pub(crate) fn tell(&mut self, shown: &Shown, out: &mut Vec<u8>) {
        match shown {
            Shown::Job { title, .. } => self.job.clone_from(title),
            Shown::Attempt(lines) => {
                self.steps.clone_from(lines);
                self.split.clear();
                put(&self.outline(), out);
            }
            Shown::Event(event) => self.event(event, out),
            Shown::End(end) => put(&self.result(end), out),
            Shown::All(jobs) => put(&all(jobs), out),
            Shown::Note(_) | Shown::Cancelling(_) | Shown::Shell(_) => {}
        }
    }

    fn outline(&self) -> Value {
        let step = |(number, line): (usize, &Line)| json!({ "step": number, "kind": line.kind, "name": line.name, "depth": line.depth });
        let steps: Vec<_> = self.steps.iter().enumerate().map(step).collect();
        json!({ "event": "steps", "job": self.job, "steps": steps })
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::StepStarted { step, at_ms } => {
                put(&self.of_step("step_started", *step, json!({ "at_ms": at_ms })), out);
            }
            Event::Log(frame) => self.log(frame, out),
            Event::StepEnded { step, status: state, at_ms, message, warning } => {
                self.end_log(*step, out);
                let more = json!({
                    "status": status(state.as_str(), *warning), "message": message, "at_ms": at_ms,
                });
                put(&self.of_step("step_ended", *step, more), out);
            }
            Event::Output { step, resource, versions } => {
                let more = json!({ "resource": resource, "versions": versions });
                put(&self.of_step("output", *step, more), out);
            }
            Event::Versions { versions, more } => {
                put(&self.of_step("versions", 0, json!({ "versions": versions, "more": more })), out);
            }
            Event::Result { .. } => {} // of an attempt: a job may have several
        }
    }

    fn log(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let (step, stream) = match (frame.stream, frame.encoding) {
            (_, Encoding::Zstd) => return, // only a worker compresses
            (Stream::Output, _) => (frame.step, "output"),
            (Stream::Note, _) => (frame.step, "note"),
        };
        let mut bytes =
            if stream == "output" { self.split.remove(&step).unwrap_or_default() } else { Vec::new() };
        bytes.extend_from_slice(&frame.data);
        if stream == "output" {
            self.split.insert(step, bytes.split_off(whole(&bytes)));
        }
        if !bytes.is_empty() {
            self.text(step, stream, &bytes, out);
        }
    }

    fn text(&self, step: u32, stream: &str, bytes: &[u8], out: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(bytes);
        put(&self.of_step("log", step, json!({ "stream": stream, "text": text })), out);
    }

    /// The begin of a character after which nothing comes.
    fn end_log(&mut self, step: u32, out: &mut Vec<u8>) {
        let rest = self.split.remove(&step).unwrap_or_default();
        if !rest.is_empty() {
            self.text(step, "output", &rest, out);
        }
    }

    fn of_step(&self, event: &str, step: u32, more: Value) -> Value {
        let line = usize::try_from(step).ok().and_then(|step| self.steps.get(step));
        let mut value = json!({
            "event": event, "job": self.job, "step": step,
            "kind": line.map(|line| line.kind), "name": line.map(|line| &line.name),
        });
        if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
            object.extend(more);
        }
        value
    }

    fn result(&self, end: &End) -> Value {
        json!({
            "event": "result", "job": self.job, "status": end.status(), "message": end.message,
            "kept": end.kept.as_ref().map(|path| path.display().to_string()),
        })
    }
}

fn all(jobs: &[JobEnd]) -> Value {
    let job = |job: &JobEnd| {
        let ended = job.ended.as_ref();
        json!({
            "job": job.job,
            "status": ended.map(|(end, _)| end.status()),
            "duration_ms": ended.map(|(_, took_ms)| took_ms),
            "message": job.why.as_ref().or(ended.and_then(|(end, _)| end.message.as_ref())),
        })
    };
    json!({ "event": "jobs", "jobs": jobs.iter().map(job).collect::<Vec<_>>() })
}

/// How many of the bytes end with a whole character, or with one that never becomes whole.
fn whole(bytes: &[u8]) -> usize {
    // A character of UTF-8 has at most four bytes.
    let last = bytes.len().saturating_sub(3)..bytes.len();
    let is_cut = |at: &usize| match std::str::from_utf8(&bytes[*at..]) {
        Ok(_) => false,
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    };
    last.into_iter().find(is_cut).unwrap_or(bytes.len())
}

fn put(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests;
